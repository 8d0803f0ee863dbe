import type { AdmissionPolicy } from './admission-policy.ts';

/**
 * A token for the API server is in a pod only where its spec shows one. It is asked of the pod, whatever the
 * ServiceAccount says: that can be edited later, and a reviewer of the pod does not see it.
 */
export const noAutomountedToken: AdmissionPolicy = {
  name: 'no-automounted-token',
  demands: 'No pod is given a token for the API server without asking for one.',
  validations: [
    {
      expression: '!variables.podSpec.?automountServiceAccountToken.orValue(true)',
      message:
        'every container of the pod would be given a token for the API server. Set automountServiceAccountToken to false in the pod spec; ' +
        'mount a projected serviceAccountToken into the container that needs one.',
    },
  ],
};
