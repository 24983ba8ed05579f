import { problems, refusals } from '@guichet/errors';

/** The refusals of the mailer; those that all services share are in @guichet/errors. */
export const refuse = {
  ...refusals({
    already_sent: [409, 'This email was sent after all'],
    being_sent: [409, 'This email is being sent'],
    unopened_mail: [409, 'Nothing proves that the bank wrote this email'],
  }),
  not_found: problems.not_found,
};
