import type { Wiring } from '../../agent/plan.ts';
import { type Flow, httpsTo } from '../../network/flow.ts';
import type { Finding, Problem } from '../../problem.ts';
import { repeatedKinds, spokenIn } from '../channel-kinds.ts';
import { replacesWeb } from '../web-replacement.ts';
import { dialect, fragmentOf } from './channels.ts';
import { neededPlugins } from './config.ts';
import { hookFindings, hookProblems } from './hooks.ts';
import { memoryProblems } from './memory.ts';
import type { OpenClawOptions } from './options.ts';
import { proxyMode, proxyProblems } from './proxy.ts';
import { profiles } from './version.ts';

/** Where channel plugins are downloaded from, while they are not in the image. */
export function pluginFlows({ plugins }: OpenClawOptions, wiring: Wiring): Flow[] {
  if (plugins === undefined || plugins === 'baked' || neededPlugins(wiring).length === 0) return [];
  const downloads = spokenIn(dialect, wiring.channels).flatMap((channel) =>
    (fragmentOf(channel).downloads ?? []).map((host) => httpsTo(host, `plugin of channel ${channel.kind}`)),
  );
  return [httpsTo('registry.npmjs.org', 'plugins of channels'), ...downloads];
}

/** What OpenClaw itself would refuse, or silently do otherwise. */
export function problemsOf(options: OpenClawOptions, wiring: Wiring): Problem[] {
  return [
    ...versionProblems(options),
    ...repeatedKinds('openclaw', spokenIn(dialect, wiring.channels)),
    ...pluginProblems(options, wiring),
    ...hookProblems(options, wiring),
    ...proxyProblems(proxyMode(options, wiring), wiring),
    ...memoryProblems(options, wiring),
    ...browserProblems(wiring),
  ];
}

function versionProblems({ version }: OpenClawOptions): Problem[] {
  if (Object.hasOwn(profiles, version)) return [];
  return [
    {
      message: `runtime openclaw: version "${version}" is not known`,
      why: 'OpenClaw refuses to start with a key that its release does not have, and the keys change every few weeks.',
      help: `Use one of ${Object.keys(profiles).join(', ')}.`,
    },
  ];
}

function pluginProblems({ plugins }: OpenClawOptions, wiring: Wiring): Problem[] {
  const needed = neededPlugins(wiring);
  if (needed.length === 0 || plugins !== undefined) return [];
  return [
    {
      message: `runtime openclaw: channels need ${needed.join(', ')}, and \`plugins\` is not given`,
      why: 'The image has the plugin of Telegram alone: without the others OpenClaw would try to install them, and the fence would not let it.',
      help: "Say `plugins: 'init'` or 'egress' to install them from the public npm registry, or 'baked' with an image that has them.",
    },
  ];
}

function browserProblems({ tools }: Wiring): Problem[] {
  const browsers = tools.filter(({ endpoint }) => endpoint.kind === 'cdp').map(({ name }) => name);
  if (browsers.length < 2) return [];
  return [
    {
      message: `runtime openclaw: ${browsers.length} browsers (${browsers.join(', ')})`,
      why: 'OpenClaw would use the first one alone.',
      help: 'Remove one.',
    },
  ];
}

/** What a reviewer should know. */
export function findingsOf(options: OpenClawOptions, wiring: Wiring): Finding[] {
  return [
    ...configFindings(options),
    ...execFindings(options, wiring),
    ...pluginFindings(options, wiring),
    ...hookFindings(wiring),
    ...exposureFindings(wiring),
    ...matrixFindings(wiring),
  ];
}

function configFindings({ configMode = 'immutable' }: OpenClawOptions): Finding[] {
  if (configMode === 'immutable') return [];
  const stays = configMode === 'overwrite' ? 'until the next start' : 'for good';
  return [
    {
      rule: 'openclaw-config-writable',
      message: `runtime openclaw: configMode ${configMode}: the live configuration is a file that OpenClaw writes to`,
      why: `Whoever commands the agent, or is signed in to its web interface, can change it ${stays}, and nothing in the repository shows it.`,
      help: "Use configMode 'immutable', or accept it with the reason.",
    },
  ];
}

function execFindings({ exec = 'off' }: OpenClawOptions, { agent, tools }: Wiring): Finding[] {
  if (exec === 'off') return [];
  const keys: Finding = {
    rule: 'openclaw-exec-sees-keys',
    message: "runtime openclaw: commands run in OpenClaw's own container",
    why: 'They can read every key in its environment, its configuration and its state.',
    help: "Use exec 'executor', or accept it with the reason.",
  };
  const approval: Finding = {
    rule: 'openclaw-executor-approval',
    message: 'runtime openclaw: the executor runs nothing until a person has approved it once',
    why: 'OpenClaw asks for each set of commands that a node offers; the approval is kept in the state. The executor has the token of the gateway, since it has to connect first, so its commands can command OpenClaw.',
    help: `In the pod: kubectl exec -n ${agent.namespace} ${agent.name}-0 -- sh -c 'openclaw nodes pending; openclaw nodes approve <request>'`,
  };
  const web: Finding = {
    rule: 'openclaw-exec-reaches-web',
    message: `runtime openclaw: commands can reach the web without tool ${tools.find(({ replaces }) => replaces.includes('web'))?.name}`,
    why: "OpenClaw's own web tools are off, but a command opens any connection that the pod's fence allows.",
    help: "Use exec 'off', or accept it with the reason.",
  };
  return [exec === 'gateway' ? keys : approval, ...(replacesWeb(tools) ? [web] : [])];
}

function pluginFindings({ plugins }: OpenClawOptions, wiring: Wiring): Finding[] {
  const needed = neededPlugins(wiring);
  if (needed.length === 0 || plugins === undefined || plugins === 'baked') return [];
  const when = plugins === 'init' ? 'before its first start' : 'at its start, in a version that it chooses';
  return [
    {
      rule: 'openclaw-plugins-from-npm',
      message: `runtime openclaw installs ${needed.join(', ')} from the public npm registry ${when}`,
      why: 'What is installed there runs with every key of the agent, no digest pins it, and without the registry a new volume does not start.',
      help: "Build an image that has them and use plugins 'baked', or accept it with the reason.",
    },
  ];
}

function exposureFindings({ exposure }: Wiring): Finding[] {
  if (!exposure) return [];
  return [
    {
      rule: 'openclaw-gateway-exposed',
      message: `${exposure.origin} leads to the whole gateway of OpenClaw`,
      why: 'Whoever holds its token, and a browser that somebody approved in the pod (openclaw devices approve), commands the agent. Without a token answer /healthz, /readyz, /startupz and the files of the web interface; /hooks answers to the token of webhooks.',
      help: 'Let people sign in at the gateway too, give the token to operators only, and change the Secret to revoke it.',
    },
  ];
}

function matrixFindings({ agent, channels }: Wiring): Finding[] {
  if (!channels.some(({ kind }) => kind === 'matrix')) return [];
  return [
    {
      rule: 'openclaw-matrix-verification',
      message: 'runtime openclaw: a person verifies the device of channel matrix once',
      why: 'OpenClaw takes the recovery key from no configuration. Until then, people who write to verified devices alone are not read.',
      help: `In the pod: kubectl exec -n ${agent.namespace} ${agent.name}-0 -- sh -c 'printenv MATRIX_RECOVERY_KEY | openclaw matrix verify device --recovery-key-stdin'`,
    },
  ];
}
