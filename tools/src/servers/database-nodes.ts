/** The processes of the database nodes, in the order in which they are preferred as the writer. */
export const DATABASE_NODES = ['database', 'database-2', 'database-3'] as const;

export type DatabaseNode = (typeof DATABASE_NODES)[number];
