import { problems } from '@guichet/errors';

/** The refusals of the logging service, all of them shared ones. */
export const refuse = {
  invalid_request: problems.invalid_request,
  forbidden: problems.forbidden,
};
