// Tests stand beside the code they hold to its promises; Node runs their TypeScript as it stands.
export default {
  files: ['{packages,services,frontend,jobs,bench,tools,e2e}/**/*.test.ts', '!**/node_modules/**'],
  extensions: ['ts'],
  // AVA's measure is how long nothing at all happens; a loaded machine may hold a test up for a while.
  timeout: '4m',
};
