# set_password USER PASSWORD: the statements that give a user a password (a string of SQL). The one of before remains valid beside it until
# password.sh discards it, because MariaDB accepts any of several ways to sign in. The password that a user has already changes nothing.
set_password() {
  echo "SET @new = PASSWORD($2), @current = $(current_password "$1");"
  echo "EXECUTE IMMEDIATE IF(@new = @current, 'DO 0', CONCAT('ALTER USER ''$1''@''%'' IDENTIFIED VIA mysql_native_password USING ''', @new, ''' OR mysql_native_password USING ''', @current, ''''));"
}

discard_password() { # user
  echo "SET @current = $(current_password "$1");"
  echo "EXECUTE IMMEDIATE CONCAT('ALTER USER ''$1''@''%'' IDENTIFIED VIA mysql_native_password USING ''', @current, '''');"
}

# The hash of the newest.
current_password() { # user
  echo "(SELECT JSON_VALUE(Priv, '\$.authentication_string') FROM mysql.global_priv WHERE User = '$1' AND Host = '%')"
}
