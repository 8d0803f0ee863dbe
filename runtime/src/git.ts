import { execa } from 'execa';
import { describe } from './secrets.ts';
import { clip } from './untrusted.ts';

const outputLimit = 4_194_304;
const inherited = ['PATH', 'https_proxy', 'HTTPS_PROXY', 'http_proxy', 'no_proxy', 'NO_PROXY', 'GIT_SSL_CAINFO'];

export interface Author {
  readonly name: string;
  readonly email: string;
}

/**
 * The `git` program on a bare repository: no file of the repository is ever checked out, so that no link is followed and
 * no attribute, filter or hook of it runs. It sees no configuration but this one, and speaks no protocol but that of `url`.
 *
 * The token is in the environment of git alone, as a header for `url`'s host: an argument would be in /proc for every user,
 * a file could stay behind, and a helper that prints it needs a shell. The environment is readable for the same user, who
 * can read the token's own file too.
 */
export class Git {
  readonly #dir: string;
  readonly #env: Record<string, string>;
  readonly #signal: AbortSignal;

  constructor(dir: string, url: string, token: string, author: Author, signal: AbortSignal) {
    const { protocol, origin } = new URL(url);
    this.#dir = dir;
    this.#signal = signal;
    this.#env = {
      ...Object.fromEntries(inherited.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))),
      HOME: dir,
      LC_ALL: 'C',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
      GIT_LITERAL_PATHSPECS: '1',
      GIT_AUTHOR_NAME: author.name,
      GIT_AUTHOR_EMAIL: author.email,
      GIT_COMMITTER_NAME: author.name,
      GIT_COMMITTER_EMAIL: author.email,
      ...asVariables({
        'core.hooksPath': '/dev/null',
        'core.fsmonitor': 'false',
        'core.protectHFS': 'true',
        'core.protectNTFS': 'true',
        'credential.helper': '',
        'gc.auto': '0',
        'maintenance.auto': 'false',
        'http.followRedirects': 'false',
        'http.lowSpeedLimit': '100',
        'http.lowSpeedTime': '30',
        'protocol.allow': 'never',
        [`protocol.${protocol.slice(0, -1)}.allow`]: 'always',
        // The forges take any user name beside a token; this one is GitLab's and GitHub's.
        [`http.${origin}/.extraHeader`]: `Authorization: Basic ${Buffer.from(`oauth2:${token}`).toString('base64')}`,
      }),
    };
  }

  /**
   * @returns what it printed
   * @throws Error with what the forge said, which is not to be trusted
   */
  async run(args: readonly string[], { input = '', env = {} }: { input?: string; env?: Record<string, string> } = {}) {
    const { stdout, stderr, failed, exitCode, isMaxBuffer } = await execa('git', args, {
      cwd: this.#dir,
      env: { ...this.#env, ...env },
      extendEnv: false,
      input,
      stripFinalNewline: false,
      maxBuffer: outputLimit,
      cancelSignal: this.#signal,
      forceKillAfterDelay: 2000,
      reject: false,
    });
    this.#signal.throwIfAborted();
    if (isMaxBuffer) throw new Error(`git ${args[0]} printed more than ${outputLimit} characters`);
    if (failed) throw new Error(`git ${args[0]} failed (${exitCode}): ${clip(describe(stderr.trim()), 800)}`);
    return { stdout, stderr };
  }
}

function asVariables(settings: Record<string, string>): Record<string, string> {
  const entries = Object.entries(settings);
  const variables = entries.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return { GIT_CONFIG_COUNT: String(entries.length), ...Object.fromEntries(variables) };
}
