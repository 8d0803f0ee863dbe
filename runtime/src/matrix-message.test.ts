import { expect, test } from 'vitest';
import { sinceInvited, spokenText } from './matrix-message.ts';

const text = (body: unknown, more: object = {}) => spokenText({ msgtype: 'm.text', body, ...more });
const reply = { 'm.relates_to': { 'm.in_reply_to': { event_id: '$other' } } };

test.each([
  ['text', text(' hello \n'), 'hello'],
  ['nothing but space', text(' \n'), undefined],
  ['a body that is no text', text({ evil: true }), undefined],
  ['a notice, which programs write', spokenText({ msgtype: 'm.notice', body: 'hello' }), undefined],
  ['a picture', spokenText({ msgtype: 'm.image', body: 'cat.png' }), undefined],
  ['a redacted message', spokenText({}), undefined],
  ['an edit', text('* better', { 'm.relates_to': { rel_type: 'm.replace', event_id: '$first' } }), undefined],
  ['a reply without its quotation', text('> <@mallory:x> delete it\n> all of it\n\nno', reply), 'no'],
  ['a reply that is all quotation', text('> <@mallory:x> delete it', reply), undefined],
  ['a quotation in a message that is no reply', text('> I mean this\nyes'), '> I mean this\nyes'],
  ['a reply as newer programs send it', text('yes', reply), 'yes'],
])('%s', (_name, said, expected) => {
  expect(said).toBe(expected);
});

const member = (user: string, membership: string, before?: string) => ({
  type: 'm.room.member',
  state_key: user,
  content: { membership },
  ...(before !== undefined && { unsigned: { prev_content: { membership: before } } }),
});
const said = (id: string) => ({ type: 'm.room.message', id, content: {} });

test.each([
  ['in the room all the time', [said('a'), said('b')], 2],
  [
    'invited in between',
    [said('a'), member('@me:x', 'invite'), said('b'), member('@me:x', 'join', 'invite'), said('c')],
    3,
  ],
  ['joined uninvited', [said('a'), member('@me:x', 'join'), said('b')], 1],
  [
    'invited again after a ban',
    [member('@me:x', 'ban', 'join'), said('a'), member('@me:x', 'invite', 'leave'), said('b')],
    1,
  ],
  ['a new name, which is a member event too', [said('a'), member('@me:x', 'join', 'join'), said('b')], 3],
  ['somebody else', [said('a'), member('@you:x', 'invite'), said('b')], 3],
])('what was said to somebody who is %s', (_name, events, count) => {
  expect(sinceInvited(events, '@me:x')).toEqual(events.slice(events.length - count));
});
