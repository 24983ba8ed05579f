import { randomUUID } from 'node:crypto';
import { type Draft, newDraftId } from '../session/drafts.ts';

/** The state of a form for its view: the values, the errors by field, and a refusal of the whole form. */
export interface FormView {
  values: Record<string, string>;
  /** The chosen values of fields that can have several, such as checkboxes. */
  chosen: Record<string, string[]>;
  /** Catalog keys under `errors`, or a whole key, by field. */
  errors: Record<string, string>;
  /** Why the service refused the form, in the user's language. */
  refusal: string | null;
  /**
   * Sent as Idempotency-Key. It is created when the form is first shown and kept through corrections, reviews, codes and late answers, so
   * that the form is carried out once, however often it is sent.
   */
  idempotencyKey: string;
  /** The id under which the form is kept if it can't be carried out yet. */
  draft: string;
  step: Draft['step'];
  /** The errors that the view has shown at their fields, for the summary on top. */
  reported: ReportedError[];
}

export interface ReportedError {
  name: string;
  /** The id of the element that the summary links to. */
  id: string;
  label: string;
  text: string;
}

export function emptyForm(values: Record<string, string> = {}): FormView {
  return {
    values,
    chosen: {},
    errors: {},
    refusal: null,
    idempotencyKey: randomUUID(),
    draft: newDraftId(),
    step: 'form',
    reported: [],
  };
}
