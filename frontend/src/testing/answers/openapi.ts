/** A small API document, for the API reference. */
export const openapi = {
  paths: {
    '/api/accounts': {
      get: {
        summary: 'Accounts',
        security: [{ bearer: [] }],
        parameters: [{ name: 'q', in: 'query', schema: { type: 'string' } }],
        responses: { 200: { description: 'The accounts' } },
      },
      post: {
        summary: 'Request a new account',
        security: [{ bearer: [] }],
        requestBody: {
          content: {
            'application/json': {
              schema: {
                type: 'object',
                required: ['name'],
                properties: { name: { type: 'string' }, type: { enum: ['current', 'savings'] } },
              },
            },
          },
        },
        responses: { 201: { description: 'The operation' }, 409: { description: 'no_active_agent' } },
      },
    },
  },
};
