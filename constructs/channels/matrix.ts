import { baseUrlProblem } from '../network/base-url.ts';
import { httpsTo } from '../network/flow.ts';
import type { Problem } from '../problem.ts';
import type { Channel } from './channel.ts';

/**
 * Internal id of a room: `!…`, since room version 12 without a server part.
 * Element shows it under room settings, Advanced. An alias (`#ops:example.org`) is not an id.
 */
export type RoomId = `!${string}`;

/** A Matrix account: `@name:server`. */
export type MatrixUser = `@${string}:${string}`;

/** Options of `matrix()`. */
export interface MatrixOptions {
  /** The client-server API of the account's homeserver. */
  readonly homeserver: `https://${string}`;
  /** The agent's own account. Its password and recovery key are secrets. */
  readonly user: MatrixUser;
  /** Rooms in which the agent reads and answers; everything else is dropped. */
  readonly rooms: readonly [RoomId, ...RoomId[]];
  /** People whom the agent obeys; everyone else is dropped. */
  readonly people: readonly [MatrixUser, ...MatrixUser[]];
}

/** Matrix rooms, end-to-end encrypted. */
export function matrix(options: MatrixOptions): Channel<'matrix'> {
  const urlProblem = baseUrlProblem('channel matrix: homeserver', options.homeserver);
  const homeserver = urlProblem ? null : URL.parse(options.homeserver);
  return {
    kind: 'matrix',
    options,
    secret: {
      name: 'matrix',
      keys: { password: `password of ${options.user}`, 'recovery-key': `recovery key (E2EE) of ${options.user}` },
    },
    flows: homeserver
      ? [httpsTo(homeserver.hostname, 'channel matrix', homeserver.port === '' ? 443 : Number(homeserver.port))]
      : [],
    problems: [...(urlProblem ? [urlProblem] : []), ...problemsOf(options)],
  };
}

function problemsOf({ user, rooms, people }: MatrixOptions): Problem[] {
  const problems: Problem[] = [];
  if (rooms.length === 0) {
    problems.push({
      message: 'channel matrix: no rooms',
      why: 'An empty list would admit every room that the account is invited to.',
      help: 'List the rooms in which the agent may read and answer.',
    });
  }
  for (const room of rooms) {
    if (/^![^\s:]+(:[^\s:]+(:\d+)?)?$/.test(room)) continue;
    problems.push({
      message: `channel matrix: room "${room}" is not a room id`,
      why: 'Rooms are matched by id, and messages from rooms that do not match are dropped.',
      help: 'Use the internal id that starts with "!" (Element: room settings, Advanced).',
    });
  }
  if (people.length === 0) {
    problems.push({
      message: 'channel matrix: no people',
      why: 'An agent that obeys nobody is deaf.',
      help: 'List the accounts whom the agent obeys.',
    });
  }
  for (const person of new Set([user, ...people])) {
    if (/^@[^\s:]+:[^\s:]+(:\d+)?$/.test(person)) continue;
    problems.push({
      message: `channel matrix: "${person}" is not a Matrix account`,
      help: 'Write it as @name:server.',
    });
  }
  return problems;
}
