import type { Readable } from 'node:stream';
import type { z } from 'zod';

type Headers = Record<string, string>;

/** The reply of a handler; converted to HTTP in one place. */
export interface Reply<Status extends number = number, Body = unknown> {
  status: Status;
  body: Body;
  headers?: Headers;
}

/** A reply whose body is written while it is sent: an export, a document, server-sent events. */
export interface StreamedReply<MediaType extends string = string> {
  status: 200;
  /** With its parameters: `text/csv; charset=utf-8`. */
  mediaType: MediaType;
  stream: Readable;
  headers?: Headers;
}

/** The schema of a reply's body; null if it has none; a media type if it is not JSON; several if the client chooses. */
export type Replies = Readonly<Record<number, z.ZodType | string | null | readonly (z.ZodType | string)[]>>;

/** The replies that a handler may return, by what its route declares: a status with another body, or another status, does not compile. */
export type ReplyOf<Declared extends Replies> = {
  [Status in keyof Declared & number]: ReplyWith<Status, Declared[Status]>;
}[keyof Declared & number];

type ReplyWith<Status extends number, Declared> = Declared extends z.ZodType
  ? Reply<Status, Unchangeable<z.output<Declared>>>
  : Declared extends null
    ? Reply<Status, null>
    : Declared extends string
      ? StreamedReply<WithParameters<Declared>>
      : Declared extends readonly unknown[]
        ?
            | ReplyWith<Status, Extract<Declared[number], z.ZodType>>
            | StreamedReply<MediaTypeOf<Declared[number]>>
        : never;

/** JSON may be streamed too if the client chooses the media type. */
type MediaTypeOf<Declared> = WithParameters<
  Extract<Declared, string> | (Declared extends z.ZodType ? 'application/json' : never)
>;

type WithParameters<MediaType extends string> = MediaType | `${MediaType};${string}`;

/** A body is only read, so it may contain read-only values. */
type Unchangeable<Value> = Value extends object
  ? { readonly [Field in keyof Value]: Unchangeable<Value[Field]> }
  : Value;

export const ok = <const Body>(body: Body, headers: Headers = {}): Reply<200, Body> => ({
  status: 200,
  body,
  headers,
});
export const created = <const Body>(body: Body, headers: Headers = {}): Reply<201, Body> => ({
  status: 201,
  body,
  headers,
});
export const accepted = <const Body = null>(body: Body = null as Body): Reply<202, Body> => ({
  status: 202,
  body,
});
export const noContent = (): Reply<204, null> => ({ status: 204, body: null });

export const streamed = <const MediaType extends string>(
  mediaType: MediaType,
  stream: Readable,
  headers: Headers = {},
): StreamedReply<MediaType> => ({ status: 200, mediaType, stream, headers });
