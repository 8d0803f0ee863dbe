import type { Json, KubernetesApi } from './kubernetes-api.ts';
import { redactText } from './kubernetes-redact.ts';
import type { Scope } from './kubernetes-scope.ts';
import { clip } from './untrusted.ts';

const podLimit = 500;
const listBytes = 8_388_608;
const factLimit = 20;

/** Pods that do not run, and why, as their status says it: what needs no model to be seen. */
export async function podFacts(api: KubernetesApi, scope: Scope, signal: AbortSignal): Promise<string[]> {
  const lists = await Promise.all(
    scope
      .everywhere(['api', 'v1'], 'pods')
      .map((path) => api.json(path, { limit: String(podLimit) }, { signal, limit: listBytes })),
  );
  const facts = lists.flatMap(({ items }) => (items as Json[]).flatMap(podProblems)).map(redactText);
  const more = facts.length - factLimit;
  return [...facts.slice(0, factLimit), ...(more > 0 ? [`and ${more} more`] : [])];
}

function podProblems({ metadata, status }: Json): string[] {
  const pod = `pod ${metadata.namespace}/${metadata.name}`;
  const scheduled = (status?.conditions as Json[] | undefined)?.find(({ type }) => type === 'PodScheduled');
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])] as Json[];
  return [
    ...(scheduled?.status === 'False' ? [`${pod}: ${scheduled.reason}: ${clip(scheduled.message ?? '', 300)}`] : []),
    ...containers.flatMap(({ name, state, lastState, restartCount }) => {
      const waiting = state?.waiting?.reason;
      const ended = (state?.terminated ?? lastState?.terminated)?.reason;
      // A container that waits for its image or its init containers for the first time is no problem.
      const reasons = [
        ...(waiting !== undefined && waiting !== 'ContainerCreating' && waiting !== 'PodInitializing' ? [waiting] : []),
        ...(ended === 'OOMKilled' ? [ended] : []),
      ];
      return reasons.length === 0 ? [] : [`${pod} ${name}: ${reasons.join(', ')}, ${restartCount ?? 0} restarts`];
    }),
  ];
}
