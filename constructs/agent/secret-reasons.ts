import type { Reason, Reasons } from '../reason.ts';
import { pullSecretNeeds } from '../secrets/pull-secret.ts';
import type { PlacedSecret, SecretRef } from '../secrets/secret.ts';
import type { ContainerPlan } from './plan.ts';
import type { WiredAgent } from './wire.ts';

/** One way in which a container gets at a key of a Secret. */
interface Read extends SecretRef {
  /** `container agent reads it as OPENAI_API_KEY`. */
  readonly how: string;
  /** Name of the workload: the agent's own, or that of a tool with a pod of its own; `the kubelet` reads for no pod alone. */
  readonly workload: string;
}

/** Why a Secret of an agent is there: each key, what it holds, which part needs it and what reads it. */
export function secretReasons(agent: WiredAgent, { name, secretName, keys }: PlacedSecret): Reasons {
  const reads = readsOf(agent);
  return {
    purpose: `secret ${name} of agent ${agent.name}, by backend ${agent.cluster.secrets.name}`,
    parts: Object.keys(keys).flatMap((key) => keyReasons(agent, `key ${key}`, { secret: secretName, key }, reads)),
  };
}

/** Why each key of a Secret that a pod of the agent reads is read there. */
export function podSecretReasons(agent: WiredAgent, workload = agent.name): Reason[] {
  const reads = readsOf(agent).filter((read) => read.workload === workload);
  const first = new Map(reads.map((read) => [`${read.secret}/${read.key}`, read]));
  return [...first].flatMap(([id, read]) => keyReasons(agent, `secret ${id}`, read, reads));
}

function keyReasons(agent: WiredAgent, what: string, { secret, key }: SecretRef, reads: readonly Read[]): Reason[] {
  const holds = agent.secrets.find(({ secretName }) => secretName === secret)?.keys[key];
  const hows = reads.filter((read) => read.secret === secret && read.key === key).map(({ how }) => how);
  const details = [
    ...(holds === undefined ? [] : [`holds: ${holds}`]),
    ...(hows.length > 0 ? hows : ['no container reads it']),
  ];
  // The author refers to Secrets of others in `env` without asking for them.
  const parts = [...(agent.askers.get(`${secret}/${key}`) ?? ['option env'])];
  return parts.map((because, index) => ({ what, because, ...(index === 0 ? { details } : {}) }));
}

function readsOf({ name, plan, props, tools, cluster }: WiredAgent): Read[] {
  const [program, ...others] = plan.containers;
  return [
    ...variables(name, program.name, { ...program.env, ...props.env }),
    ...[...others, ...(plan.init ?? [])].flatMap((container) => variables(name, container.name, container.env)),
    ...[program, ...others, ...(plan.init ?? [])].flatMap((container) =>
      (container.secretFolders ?? []).flatMap(({ secret, keys, path }) =>
        keys.map((key) => ({
          secret,
          key,
          how: `container ${container.name} reads it from ${path}/${key}`,
          workload: name,
        })),
      ),
    ),
    ...(props.credentials ?? []).flatMap(({ need, folder }) =>
      Object.keys(need.keys).map((key) => ({
        secret: `${name}-${need.name}`,
        key,
        how: `container ${program.name} reads it from ${folder}/${key}`,
        workload: name,
      })),
    ),
    ...pullSecretNeeds(cluster.images).flatMap((need) =>
      Object.keys(need.keys).map((key) => ({
        secret: `${name}-${need.name}`,
        key,
        how: 'the kubelet pulls images with it',
        workload: 'the kubelet',
      })),
    ),
    ...tools.flatMap(({ tool, instance, plan: { container } }) => {
      if (!container) return [];
      return tool.place === 'sidecar'
        ? variables(name, container.name, container.env)
        : variables(instance, `${container.name} of ${instance}`, container.env);
    }),
  ];
}

function variables(workload: string, container: string, env: ContainerPlan['env']): Read[] {
  return Object.entries(env).flatMap(([variable, value]) =>
    typeof value === 'string' ? [] : [{ ...value, how: `container ${container} reads it as ${variable}`, workload }],
  );
}
