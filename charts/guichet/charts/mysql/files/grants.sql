GRANT ALL ON `{schema}`.* TO '{migration_user}'@'%' WITH GRANT OPTION;
GRANT ALL ON `{schema}`.* TO '{user}'@'%';
REVOKE ALL ON `{schema}`.* FROM '{user}'@'%';
GRANT SELECT ON `{schema}`.* TO '{user}'@'%';
