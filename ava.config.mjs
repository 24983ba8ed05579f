// Tests are next to the code that they test; Node runs their TypeScript as it is.
export default {
  files: ['{packages,services,frontend,jobs,bench,tools,e2e}/**/*.test.ts', '!**/node_modules/**'],
  extensions: ['ts'],
  require: ['./tools/src/test/record-file-time.ts'],
  // AVA's timeout counts from the last sign of progress; a loaded machine may hold a test up for a while.
  timeout: '4m',
};
