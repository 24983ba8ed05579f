export interface Login {
  username: string;
  password: string;
}

/** Who may sign in to a bank with demo people. */
export interface Logins {
  superuser: Login;
  agents: Login[];
  members: Login[];
}
