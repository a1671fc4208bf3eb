/** The tables that namespaces are named after. */
export const TABLES = [
  ...['threads', 'messages', 'resources', 'workflow_snapshot', 'scorers', 'background_tasks', 'thread_state'],
  'observational_memory',
];
