import type { Found } from './found.ts';

/** A shape that tokens of a service have. */
interface TokenShape {
  readonly id: string;
  readonly pattern: RegExp;
}

/**
 * Shapes that the rule set of secretlint lacks, or knows in fewer forms, of every channel and model provider that the library
 * has, and of the keys that open a cluster's ciphertext. Where a service documents no form, the one that it issues.
 *
 * Sources: Telegram Bot API ("Authorizing your bot"), Discord's reference ("Authentication") and its webhooks, Slack's token
 * types, Synapse 1.x (`synapse/handlers/auth.py`, `syt_` and `syr_`), the Matrix specification (recovery keys: base58 of
 * 35 bytes, which begins with `Es`), age (`AGE-SECRET-KEY-1`, Bech32), RFC 7468, RFC 7519.
 */
const shapes: readonly TokenShape[] = [
  { id: 'telegram-bot-token', pattern: /(?<![\w-])\d{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])/g },
  {
    id: 'discord-bot-token',
    pattern: /(?<![\w-])[MNO][A-Za-z\d_-]{23,27}\.[A-Za-z\d_-]{6}\.[A-Za-z\d_-]{27,38}(?![\w-])/g,
  },
  { id: 'discord-webhook', pattern: /discord(?:app)?\.com\/api\/webhooks\/\d{17,20}\/[A-Za-z0-9_-]{60,80}/g },
  { id: 'slack-token', pattern: /(?<![\w-])x(?:ox[abeoprs]|app)(?:-\d)?-[A-Za-z0-9-]{20,}/g },
  { id: 'slack-webhook', pattern: /hooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9/_-]{20,}/g },
  { id: 'matrix-token', pattern: /(?<![A-Za-z0-9])sy[rt]_[A-Za-z0-9+/=_-]{20,}/g },
  {
    id: 'matrix-recovery-key',
    pattern:
      /(?<![1-9A-HJ-NP-Za-km-z])Es[1-9A-HJ-NP-Za-km-z]{2}(?: ?[1-9A-HJ-NP-Za-km-z]{4}){11}(?![1-9A-HJ-NP-Za-km-z])/g,
  },
  { id: 'whatsapp-token', pattern: /(?<![A-Za-z0-9])EAA[A-Za-z0-9]{80,}/g },
  { id: 'anthropic-key', pattern: /(?<![A-Za-z0-9])sk-ant-[A-Za-z0-9_-]{20,}/g },
  { id: 'openai-key', pattern: /(?<![A-Za-z0-9])sk-(?:proj-|svcacct-|admin-|None-)?[A-Za-z0-9_]{32,}[A-Za-z0-9_-]*/g },
  { id: 'openrouter-key', pattern: /(?<![A-Za-z0-9])sk-or-v1-[0-9a-f]{64}/g },
  { id: 'google-key', pattern: /(?<![A-Za-z0-9_-])AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])/g },
  { id: 'google-oauth', pattern: /(?<![A-Za-z0-9])(?:ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{28})/g },
  { id: 'xai-key', pattern: /(?<![A-Za-z0-9])xai-[A-Za-z0-9]{60,}/g },
  { id: 'age-key', pattern: /AGE-SECRET-KEY-(?:PQ-)?1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{20,}/gi },
  { id: 'private-key', pattern: /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----/g },
  {
    id: 'json-web-token',
    pattern: /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{16,}/g,
  },
  { id: 'kubeconfig-credential', pattern: /(?<=client-key-data"?: *"?)[A-Za-z0-9+/=]{40,}/g },
  { id: 'registry-credential', pattern: /(?<="auth": *")[A-Za-z0-9+/=]{8,}(?=")/g },
];

/** Every token of a known shape in a text, with its offset. */
export function tokensIn(text: string): (Omit<Found, 'line'> & { readonly offset: number })[] {
  return shapes.flatMap(({ id, pattern }) =>
    [...text.matchAll(pattern)].map((match) => ({ id, value: match[0], offset: match.index })),
  );
}
