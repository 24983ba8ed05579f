import type {
  DeliveryError,
  DeliveryStatus,
  WebhookEvent,
  WebhookMessage,
  WebhookStatus,
  WebhookTrouble,
} from '@guichet/contract';

/** A subscription of a user to kinds of event. */
export interface Webhook {
  id: string;
  ownerId: string;
  /** The role in which the owner subscribed: the webhook of an agent who has become a member gets nothing. */
  role: string;
  url: string;
  events: WebhookEvent[];
  description: string | null;
  status: WebhookStatus;
  trouble: WebhookTrouble | null;
  /** Sealed, as the previous one, which also signs until its time is over. */
  secret: string;
  previousSecret: string | null;
  previousUntil: Date | null;
  /** How many attempts in a row have failed, and since when. */
  failures: number;
  failingSince: Date | null;
  /** Before then, nothing is tried. */
  retryAt: Date;
  /** Whether its owner knows that messages were given up since the last success. */
  isDeathTold: boolean;
  createdAt: Date;
}

/** A message of a webhook. */
export interface Delivery {
  webhookId: string;
  /** Their order. */
  sequence: bigint;
  id: string;
  type: WebhookMessage;
  operationId: string | null;
  accountId: string | null;
  number: bigint | null;
  happenedAt: Date;
  status: DeliveryStatus;
  /** Written at the first attempt, the same in all others, and kept while the message waits. */
  body: string | null;
  attempts: number;
  lastAttemptAt: Date | null;
  responseStatus: number | null;
  response: string | null;
  error: DeliveryError | null;
}

/** The host of a webhook's address, the only part of it that is logged. */
export function hostOf({ url }: Pick<Webhook, 'url'>): string {
  return new URL(url).hostname;
}

/** What a sealed secret belongs to. */
export const secretContext = (webhookId: string): string => `webhook ${webhookId}`;
