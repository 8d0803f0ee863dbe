import type { Finding, Problem } from '../../problem.ts';
import type { PlacedTool } from '../../tools/tool.ts';
import type { AutonomyLevel } from './options.ts';

/** Programs that run what they are told, so that an allow-list with one of them is none. */
const carriers = new Set(
  'ash awk bash bun busybox dash deno fish gawk ksh lua make mawk nice node nohup perl php python python3 ruby setsid sh timeout watch xargs zsh'.split(
    ' ',
  ),
);

/** Programs that fetch from or send to other hosts. */
const networked = new Set('curl ftp git nc ncat netcat openssl rsync scp sftp socat ssh telnet wget'.split(' '));

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
  const names = commands.map((command) => command.slice(command.lastIndexOf('/') + 1).toLowerCase());
  const carrying = names.filter((name) => carriers.has(name));
  const reaching = names.filter((name) => networked.has(name));
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
      message: `runtime zeroclaw: ${reaching.join(', ')} reach the web without tool ${web.name}`,
      why: `ZeroClaw's own web tools are off, but the shell opens any connection that the pod's fence allows.`,
      help: 'Remove them, or accept it with the reason.',
    });
  }
  return findings;
}
