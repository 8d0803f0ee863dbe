/**
 * What somebody says in an `m.room.message`: plain text, without what a reply quotes, since that is somebody else's.
 * Undefined for anything else: pictures, notices of other programs, and edits, whose first version was heard.
 * Source: Matrix client-server API v1.13, "Instant messaging" and "Rich replies".
 */
export function spokenText(content: Readonly<Record<string, unknown>>): string | undefined {
  const { msgtype, body } = content;
  if (msgtype !== 'm.text' || typeof body !== 'string') return undefined;
  const relation = content['m.relates_to'] as { rel_type?: unknown; 'm.in_reply_to'?: unknown } | undefined;
  if (relation?.rel_type === 'm.replace') return undefined;
  const text = (relation?.['m.in_reply_to'] === undefined ? body : body.replace(/^(?:> ?.*(?:\n|$))+/, '')).trim();
  return text === '' ? undefined : text;
}

interface TimelineEvent {
  readonly type: string;
  readonly state_key?: string;
  readonly content: { readonly membership?: unknown };
  readonly unsigned?: { readonly prev_content?: { readonly membership?: unknown } };
}

/** The events since `user` was invited, or joined uninvited, last: what was said before was not said to them. */
export function sinceInvited<T extends TimelineEvent>(events: readonly T[], user: string): readonly T[] {
  const inside = (membership: unknown) => membership === 'invite' || membership === 'join';
  const entered = events.findLastIndex(
    ({ type, state_key, content, unsigned }) =>
      type === 'm.room.member' &&
      state_key === user &&
      inside(content.membership) &&
      !inside(unsigned?.prev_content?.membership),
  );
  return events.slice(entered + 1);
}
