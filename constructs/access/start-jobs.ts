import type { Grant } from './grant.ts';
import { sameFields } from './limit.ts';

/** Labels that the API server puts on the pods of a Job (kubernetes 1.36, `pkg/registry/batch/job/strategy.go`). */
const jobLabels = ['batch.kubernetes.io/controller-uid', 'batch.kubernetes.io/job-name', 'controller-uid', 'job-name'];

/** CEL for what a Job has where its maker says nothing, and the template of a CronJob has not (kubernetes 1.36, `pkg/apis/batch/v1/defaults.go`). */
const defaults = (cronJob: string): Readonly<Record<string, string>> => ({
  parallelism: 'dyn(1)',
  completions: `'parallelism' in ${cronJob} ? dyn(null) : dyn(1)`,
  backoffLimit: `'backoffLimitPerIndex' in ${cronJob} ? dyn(2147483647) : dyn(6)`,
  completionMode: "dyn('NonIndexed')",
  suspend: 'dyn(false)',
  manualSelector: 'dyn(false)',
  podReplacementPolicy: `'podFailurePolicy' in ${cronJob} ? dyn('Failed') : dyn('TerminatingOrFailed')`,
});

const list = (names: readonly string[]) => `[${names.map((name) => `'${name}'`).join(', ')}]`;

/**
 * Starts CronJobs of its namespace out of turn, as `kubectl create job NAME --from=cronjob/CRONJOB` does, and no other Job.
 * RBAC can only say "create jobs", which is to run any program with any account of the namespace; so the API server compares
 * each Job that the agent makes with the CronJob that it names as its owner: the pod template, and every field that decides
 * how often and how long it runs. The pods have the account and the Secrets of the CronJob.
 *
 * How many Jobs there are at a time is not limited; a ResourceQuota with `count/jobs.batch` does that. As long as a CronJob of
 * the list does not exist, nobody can make a Job in the namespace: the API server looks for it before it asks whose request
 * it is. So `synth` refuses a list with a name that it does not find.
 *
 * @param cronJobs names of CronJobs in the namespace of the agent's app
 */
export function startJobs(cronJobs: readonly [string, ...string[]]): Grant {
  const names = cronJobs.join(', ');
  const job = 'variables.job';
  const cron = 'variables.cronJob';
  const jobDefaults = Object.entries(defaults(cron)).map(([field, value]) => `'${field}': ${value}`);
  return {
    name: 'start-jobs',
    scope: 'namespace',
    rules: [
      { apiGroups: ['batch'], resources: ['cronjobs'], resourceNames: cronJobs, verbs: ['get'] },
      { apiGroups: ['batch'], resources: ['jobs'], verbs: ['create'] },
    ],
    limits: [
      {
        name: 'start-jobs',
        demands: `The agent makes Jobs from these CronJobs alone, as they stand: ${names}.`,
        apiGroup: 'batch',
        resources: ['jobs'],
        operation: 'CREATE',
        params: { apiVersion: 'batch/v1', kind: 'CronJob', names: cronJobs },
        variables: {
          owners: 'object.metadata.?ownerReferences.orValue([])',
          fromListed: `variables.owners.size() == 1 && variables.owners[0].apiVersion == 'batch/v1' && variables.owners[0].kind == 'CronJob' && variables.owners[0].name in ${list(cronJobs)}`,
          fromThis: 'variables.owners.exists(o, o.name == params.metadata.name)',
          job: 'object.spec',
          cronJob: 'params.spec.jobTemplate.spec',
          defaults: `{${jobDefaults.join(', ')}}`,
          // The selector follows from the Job's own uid as long as manualSelector is off.
          sameRun:
            `${job}.all(f, f in ['template', 'selector'] || (f in ${cron} ? ${job}[f] == ${cron}[f] : (f in variables.defaults && ${job}[f] == variables.defaults[f]))) && ` +
            `${cron}.all(f, f in ${job})`,
          samePod: `${job}.template.spec == ${cron}.template.spec`,
          jobMeta: `${job}.template.?metadata.orValue({})`,
          cronJobMeta: `${cron}.template.?metadata.orValue({})`,
          sameMeta: sameFields('variables.jobMeta', 'variables.cronJobMeta', ['labels', 'creationTimestamp']),
          jobLabels: 'variables.jobMeta.?labels.orValue({})',
          cronJobLabels: 'variables.cronJobMeta.?labels.orValue({})',
          sameLabels: sameFields('variables.jobLabels', 'variables.cronJobLabels', jobLabels),
        },
        validations: [
          {
            expression: 'variables.fromListed',
            message: `the agent may only start Jobs from these CronJobs: ${names}. Use kubectl create job NAME --from=cronjob/CRONJOB.`,
          },
          {
            expression:
              '!variables.fromThis || (variables.samePod && variables.sameMeta && variables.sameLabels && variables.sameRun)',
            messageExpression:
              "'the Job is not what CronJob ' + params.metadata.name + ' would start. Use kubectl create job NAME --from=cronjob/' + params.metadata.name + ', and change nothing in it.'",
            message: 'the Job is not what its CronJob would start.',
          },
        ],
      },
    ],
  };
}
