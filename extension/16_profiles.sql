-- What stands before this fragment came with the extension: add_profile() by a
-- user does not replace it.
UPDATE stockbridge.profile SET shipped = true;
