import { listOf, type Role } from '@guichet/contract';
import type { z } from 'zod';
import { fit } from '../fit.ts';
import { type Answer, problem, type Received } from '../messages.ts';

/** A request of a signed-in user, for the answers of one area. */
export interface Call {
  request: Received;
  role: Role;
  /** The id in the request's path. */
  id: string;
}

/** Answers by route, as "GET /api/accounts/:id". */
export type Answers = Record<string, () => Answer>;

export const list = <View extends z.ZodType>(view: View, items: z.output<View>[]): Answer => ({
  status: 200,
  body: fit(listOf(view), { items, next: null }),
});

export const one = <View extends z.ZodType>(view: View, item: z.output<View> | undefined): Answer =>
  item === undefined
    ? { status: 404, body: problem(404, 'not_found') }
    : { status: 200, body: fit(view, item) };

export const created = <View extends z.ZodType>(view: View, item: z.output<View>): Answer => ({
  status: 201,
  body: fit(view, item),
});

export const byId = <Item extends { id: string }>(items: readonly Item[], id: string): Item | undefined =>
  items.find((item) => item.id === id);
