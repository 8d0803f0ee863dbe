import type { Finding, Problem } from '../../problem.ts';
import type { PlacedTool } from '../../tools/tool.ts';
import type { AutonomyLevel } from './options.ts';

/**
 * Programs that run other programs, so that an allow-list with one of them is none, without the numbers of versions.
 * ZeroClaw itself refuses arguments of `env`, `find -exec` and some of cargo, git, node, npm, pip and python
 * (zeroclaw-config 0.8.7, policy.rs, `is_args_safe`). That holds back `env` and `find`, which are not listed; the others
 * also take programs from files, which the agent can write. Well-known ones, not a boundary (gtfobins.github.io).
 */
const carriers = new Set([
  // Run a file or their input.
  ...names('ash awk bash bun dash deno fish gawk ksh lua mawk node perl php python ruby sh zsh'),
  // Run what their arguments name.
  ...names('busybox docker nice nohup npx podman setsid timeout uv uvx watch xargs'),
  // An option names a program: sed `e`, tar --to-command, ssh -o ProxyCommand, rsync -e, wget --use-askpass.
  ...names('nc ncat netcat rsync scp sed sftp socat ssh tar wget'),
  // A file names programs: a kubeconfig credential plugins, .git/config hooks and helpers, package.json scripts.
  ...names('cargo flux git helm kubectl make npm pip pnpm yarn'),
]);

/** Programs that fetch from or send to other hosts: kubectl --server also sends its token there. */
const networked = new Set([
  ...names('curl ftp nc ncat netcat openssl rsync scp sftp socat ssh telnet wget'),
  ...names('cargo docker flux git helm kubectl npm npx pip pnpm podman uv uvx yarn'),
]);

function names(text: string): string[] {
  return text.split(' ');
}

/** Checks the shell commands that the agent may run. ZeroClaw takes any string. */
export function commandProblems(commands: readonly string[], level: AutonomyLevel): Problem[] {
  const problems: Problem[] = commands
    .filter((command) => !/^(\/[A-Za-z0-9._/-]+|[A-Za-z0-9._-]+)$/.test(command))
    .map((command) => ({
      message: `runtime zeroclaw: "${command}" is not the name of a command`,
      why: 'ZeroClaw compares each entry with the name or the whole path of a program, so arguments never match; "*" would allow everything.',
      help: 'Write a name such as kubectl, or an absolute path.',
    }));
  if (level === 'readonly' && commands.length > 0) {
    problems.push({
      message: `runtime zeroclaw: commands (${commands.join(', ')}) at level readonly`,
      why: 'ZeroClaw refuses every shell command at that level.',
      help: "Remove the commands, or use level 'supervised'.",
    });
  }
  return problems;
}

/** What the allow-list does not hold back. */
export function commandFindings(commands: readonly string[], web: PlacedTool | undefined): Finding[] {
  const programs = commands.map((command) => command.slice(command.lastIndexOf('/') + 1).toLowerCase());
  const isIn = (set: ReadonlySet<string>) => (program: string) => set.has(program.replace(/[\d.]+$/, ''));
  const carrying = programs.filter(isIn(carriers));
  const reaching = programs.filter(isIn(networked));
  const findings: Finding[] = [];
  if (carrying.length > 0) {
    findings.push({
      rule: 'zeroclaw-command-runs-anything',
      message: `runtime zeroclaw: ${carrying.join(', ')} can run any program, past the list of commands`,
      why: 'ZeroClaw checks the words of a command line, not what the program does: it could read the keys in the environment of the daemon, or command it over its socket.',
      help: 'Allow the programs themselves, or put a script into a skill: its absolute path is allowed by itself.',
    });
  }
  if (web && reaching.length > 0) {
    findings.push({
      rule: 'zeroclaw-command-reaches-web',
      message: `runtime zeroclaw: ${reaching.join(', ')} can reach the web without tool ${web.name}`,
      why: `ZeroClaw's own web tools are off, but the shell opens any connection that the pod's fence allows.`,
      help: 'Remove them, or accept it with the reason.',
    });
  }
  return findings;
}
