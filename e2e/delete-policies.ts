import { admissionPolicies } from '../constructs/index.ts';
import type { ApiServer } from './api-server.ts';

/** Takes the admission policies of a test's cluster away: they outlive its namespace. */
export async function deletePolicies(api: ApiServer): Promise<void> {
  for (const { name } of admissionPolicies) {
    for (const kind of ['ValidatingAdmissionPolicyBinding', 'ValidatingAdmissionPolicy']) {
      await api.delete({ apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata: { name: `chitin-${name}` } });
    }
  }
}
