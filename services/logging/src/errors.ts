import { problems } from '@guichet/errors';

/** Every refusal of this service; all of them are the bank's common ones. */
export const refuse = {
  invalid_request: problems.invalid_request,
  forbidden: problems.forbidden,
};
