export interface Login {
  username: string;
  password: string;
}

/** The logins of a bank with demo users. */
export interface Logins {
  superuser: Login;
  agents: Login[];
  members: Login[];
}
