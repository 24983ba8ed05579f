import type { NamedPayee, PayeeCheck } from '@guichet/contract/accounts';
import type { PageContext } from '../../request-context.ts';
import { field } from '../form.ts';
import { accountNumberError, readAccountNumber } from '../money/rules.ts';
import { asRefusal } from '../page.ts';

/** The payee check, or null while it can't be made. */
export async function checkPayee(ctx: PageContext, payee: NamedPayee): Promise<PayeeCheck | null> {
  try {
    return await ctx.state.api.accounts.verifyPayee(payee);
  } catch (error) {
    if (['unavailable', 'too_many_requests'].includes(asRefusal(error).code)) return null;
    throw error;
  }
}

/** Answers the script that checks a payee while their details are typed. */
export async function answerPayeeCheck(ctx: PageContext): Promise<void> {
  const [name, number] = [field(ctx, 'payee_name'), field(ctx, 'payee_number')];
  if (name === '' || accountNumberError(number) !== null) {
    ctx.body = { result: null };
    return;
  }
  const check = await checkPayee(ctx, { name, ...readAccountNumber(number) });
  const t = (key: string, values = {}) => ctx.state.views.t(ctx.state.locale, key, '', values);
  const result = check?.result ?? 'unavailable';
  const suggestion = check?.suggestion ?? null;
  ctx.body = {
    result,
    title: t(`payee_check.${result}.title`),
    text:
      suggestion === null
        ? t(`payee_check.${result}.text`)
        : t('payee_check.close_match.suggestion', { name: suggestion }),
    suggestion,
  };
}
