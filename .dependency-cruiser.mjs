// The import rules of the repository, checked by `npm run check` and `npm test`. The comment of a rule is the message of a violation.
const TESTS = '([.]test|/fixtures|/accounts/src/model/[^/]+)[.]ts$';
const STORES = '[/-]store[.]ts$';

/** The folders of accounts, each above those that it may import. Files beside the folders are the service's own frame. */
const ACCOUNTS_FOLDERS = [
  'idempotency',
  'people',
  'ribs',
  'step-up',
  'products',
  'accounts',
  'ledger',
  'documents',
  'payees',
  'payment-files',
  'webhook-queue',
  'operations',
  'incoming',
  'interest',
  'decisions',
  'standing-orders',
  'payments',
  'webhooks',
  'inbox',
  'digest',
  'reconciliation',
  'beneficiaries',
  'leaving',
  'personal-data',
];
const inAccounts = (folders) => `^services/accounts/src/(${folders.join('|')})/`;

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Two files that need each other are one file, or need a third below both.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    ...ACCOUNTS_FOLDERS.slice(0, -1).map((folder, place) => ({
      name: 'accounts-folders-in-order',
      comment:
        'A folder of accounts imports only folders before it in ACCOUNTS_FOLDERS (.dependency-cruiser.mjs).',
      severity: 'error',
      from: { path: inAccounts([folder]), pathNot: TESTS },
      to: { path: inAccounts(ACCOUNTS_FOLDERS.slice(place + 1)) },
    })),
    {
      name: 'accounts-folders-in-order',
      comment: 'A new folder of accounts has its place in ACCOUNTS_FOLDERS (.dependency-cruiser.mjs).',
      severity: 'error',
      from: {
        path: '^services/accounts/src/[^/]+/',
        pathNot: [inAccounts([...ACCOUNTS_FOLDERS, 'model']), TESTS],
      },
      to: {},
    },
    {
      name: 'a-service-never-imports-a-service',
      comment: 'Services communicate only through HTTP and JetStream; shared code belongs in a package.',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'services-stand-alone',
      comment: 'A service is built and run without the pages, jobs, benchmarks, tools and e2e tests.',
      severity: 'error',
      from: { path: '^services/' },
      to: { path: '^(frontend|jobs|bench|tools|e2e)/' },
    },
    {
      name: 'pages-know-no-service',
      comment: 'The frontend uses services only through HTTP.',
      severity: 'error',
      from: { path: '^frontend/' },
      to: { path: '^(services|jobs|bench|tools|e2e)/' },
    },
    {
      name: 'packages-stand-below',
      comment: 'A package must not import code that uses it.',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^(services|frontend|jobs|bench|tools|e2e)/' },
    },
    {
      name: 'jobs-use-packages-only',
      comment:
        'The image of the jobs contains jobs and packages: nothing of the services, benchmarks, tools or tests.',
      severity: 'error',
      from: { path: '^jobs/' },
      to: { path: '^(services|frontend|bench|tools|e2e)/' },
    },
    {
      name: 'nothing-imports-benchmarks-or-e2e-tests',
      comment: 'Benchmarks and e2e tests use the rest of the repository; nothing uses them.',
      severity: 'error',
      from: { pathNot: '^(bench|e2e)/' },
      to: { path: '^(bench|e2e)/' },
    },
    {
      name: 'contract-at-the-bottom',
      comment:
        'Every process reads packages/contract, the frontend too: it needs money and nothing else of the house.',
      severity: 'error',
      from: { path: '^packages/contract/', pathNot: TESTS },
      to: { path: '^packages/', pathNot: '^packages/(contract|money)/' },
    },
    {
      name: 'events-know-no-tokens',
      comment: 'Roles and scopes come from the contract; a process that reads events need not verify tokens.',
      severity: 'error',
      from: { path: '^packages/events/' },
      to: { path: '^packages/tokens/' },
    },
    {
      name: 'drivers-in-database-only',
      comment:
        'packages/database is the only way to the database; migrations and createTable functions take its type Knex.',
      severity: 'error',
      from: { pathNot: ['^packages/database/', '^(bench|tools|e2e)/'] },
      to: { path: 'node_modules/(knex|mysql2)/' },
    },
    {
      name: 'knex-in-migrations-and-tests-only',
      comment:
        'A service sends query values at run time; knex runs migrations, and tests use it through packages/testing.',
      severity: 'error',
      from: { pathNot: '^packages/(database|testing)/' },
      to: { path: '^packages/database/src/knex-on[.]ts$' },
    },
    {
      name: 'koa-at-the-edge-only',
      comment: 'Only packages/http and the frontend handle HTTP; a service declares routes.',
      severity: 'error',
      from: { pathNot: ['^packages/(http|testing)/', '^frontend/', TESTS] },
      to: { path: 'node_modules/(koa|@koa)/' },
    },
    {
      name: 'rules-are-pure',
      comment:
        'rules.ts and kinds/ decide from what they are given: no I/O, database, HTTP, clock or randomness of their own.',
      severity: 'error',
      from: { path: '([/-]rules[.]ts|/operations/kinds/[^/]+[.]ts)$' },
      to: {
        path: [
          '^(fs|net|http|http2|https|tls|dns|child_process|timers|os|perf_hooks|worker_threads)(/|$)',
          'node_modules/(knex|mysql2|koa|@koa|nats|pino|undici|uuid)/',
          '^packages/(database|http|events|outbox|config|log)/',
          '[/-](store|routes|main|app|clock)[.]ts$',
        ],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'stores-know-no-routes',
      comment: 'One way only: routes, then use case, then rules and store.',
      severity: 'error',
      from: { path: STORES },
      to: { path: '/(routes|app|main)[.]ts$' },
    },
    {
      name: 'no-database-behind-http',
      comment:
        'frontend and mailer have no database: what they import must not need one, or their images carry its driver.',
      severity: 'error',
      from: {
        path: '^(packages/(config|contract|errors|events|http|identity|log|metrics|process|time|tokens)|frontend|services/mailer)/',
        pathNot: [TESTS, 'fixture[.]ts$'],
      },
      to: { path: '^packages/(database|dead-letters|outbox|scheduled-jobs|service)/' },
    },
    {
      name: 'no-http-in-process',
      comment: 'A process without an API needs neither Koa nor undici.',
      severity: 'error',
      from: {
        path: '^packages/(config|events|log|metrics|process|time)/',
        pathNot: [TESTS, 'fixture[.]ts$'],
      },
      to: { path: '^packages/(http|identity)/' },
    },
    {
      name: 'testing-in-tests-only',
      comment: 'packages/testing must not be part of an image.',
      severity: 'error',
      from: { path: '^(packages|services|frontend)/', pathNot: [TESTS, '/testing/'] },
      to: { path: '^packages/testing/' },
    },
    {
      name: 'nothing-unresolved',
      comment: 'The imported file does not exist.',
      severity: 'error',
      // The types of the example client are generated by its test, and missing from a fresh clone.
      from: { pathNot: '^e2e/examples/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // TypeScript 7 has no interface for other programs yet; swc reads the imports, types included.
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: 'frontend/public/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.mjs', '.js', '.json'],
    },
  },
};
