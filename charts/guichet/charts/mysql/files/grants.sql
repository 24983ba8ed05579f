GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES, TRIGGER ON `{schema}`.* TO '{migration_user}'@'%' WITH GRANT OPTION;
REVOKE ALL ON `{schema}`.* FROM '{migration_user}'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES, TRIGGER ON `{schema}`.* TO '{migration_user}'@'%' WITH GRANT OPTION;
GRANT SELECT ON `{schema}`.* TO '{user}'@'%';
REVOKE ALL ON `{schema}`.* FROM '{user}'@'%';
GRANT SELECT ON `{schema}`.* TO '{user}'@'%';
