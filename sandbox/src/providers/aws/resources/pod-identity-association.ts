/** The role that EKS Pod Identity gives to a service account. */
import {
  CreatePodIdentityAssociationCommand,
  DeletePodIdentityAssociationCommand,
  DescribePodIdentityAssociationCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdatePodIdentityAssociationCommand,
} from "@aws-sdk/client-eks";
import type { Resource } from "../../tables/definition.ts";
import { computed, flag, output, replace, required, sameJson, text } from "../../tables/fields.ts";
import { type Plain, word } from "../../tables/plain.ts";
import {
  allTags,
  doing,
  known,
  orGone,
  planTagged,
  regional,
  str,
  tagChanges,
  tagged,
  tagList,
  tagState,
} from "../common.ts";
import type { Aws } from "../connect.ts";

const GONE = ["ResourceNotFoundException"];

/** Import id: `cluster,association`. */
function place(id: string, state: Plain): { clusterName: string; associationId: string } {
  const [clusterName, associationId] = id.split(",");
  if (clusterName && associationId) return { clusterName, associationId };
  if (state["clusterName"] !== undefined) {
    return { clusterName: word(state["clusterName"]), associationId: id };
  }
  throw new Error(`id ${id} must have the form <cluster>,<association id>`);
}

/** Properties that an update can change. */
const changeable = (inputs: Plain) => ({
  roleArn: word(inputs["roleArn"]),
  targetRoleArn: str(inputs["targetRoleArn"]),
  disableSessionTags: inputs["disableSessionTags"] as boolean | undefined,
  policy: str(inputs["policy"]),
});

export const podIdentityAssociation: Resource<Aws> = {
  token: "aws:eks/podIdentityAssociation:PodIdentityAssociation",
  fields: {
    ...regional,
    ...tagged,
    clusterName: text({ ...required, ...replace }),
    namespace: text({ ...required, ...replace }),
    serviceAccount: text({ ...required, ...replace }),
    roleArn: text(required),
    targetRoleArn: text(),
    disableSessionTags: flag(computed),
    policy: text({ same: sameJson }),
    associationArn: text(output),
    associationId: text(output),
    externalId: text(output),
  },
  plan: planTagged,
  async create({ client: aws }, inputs) {
    const [clusterName, namespace] = [word(inputs["clusterName"]), word(inputs["namespace"])];
    const serviceAccount = word(inputs["serviceAccount"]);
    const command = new CreatePodIdentityAssociationCommand({
      ...{ clusterName, namespace, serviceAccount, tags: allTags(aws, inputs) },
      ...changeable(inputs),
    });
    const what = `creating EKS Pod Identity Association (${clusterName}:${namespace}:${serviceAccount})`;
    const made = await doing(what, () => aws.in(inputs).eks.send(command));
    return word(made.association?.associationId);
  },
  async read({ client: aws }, id, state) {
    const { eks } = aws.in(state);
    const command = new DescribePodIdentityAssociationCommand(place(id, state));
    const found = (await orGone(GONE, () => eks.send(command)))?.association;
    if (found === undefined) return undefined;
    return {
      id: word(found.associationId),
      ...tagState(aws, tagList(found.tags ?? {}), state),
      ...known({
        region: aws.regionOf(state),
        clusterName: found.clusterName,
        namespace: found.namespace,
        serviceAccount: found.serviceAccount,
        roleArn: found.roleArn,
        targetRoleArn: found.targetRoleArn,
        disableSessionTags: found.disableSessionTags ?? false,
        policy: found.policy,
        associationArn: found.associationArn,
        associationId: found.associationId,
        externalId: found.externalId,
      }),
    };
  },
  async update({ client: aws }, { id, olds, news }) {
    const { eks } = aws.in(news);
    await doing(`updating EKS Pod Identity Association (${id})`, async () => {
      const command = { ...place(id, news), ...changeable(news) };
      await eks.send(new UpdatePodIdentityAssociationCommand(command));
      const resourceArn = word(olds["associationArn"]);
      const { set, remove } = tagChanges(olds, allTags(aws, news));
      if (remove.length > 0) {
        await eks.send(new UntagResourceCommand({ resourceArn, tagKeys: remove }));
      }
      if (Object.keys(set).length > 0) {
        await eks.send(new TagResourceCommand({ resourceArn, tags: set }));
      }
    });
  },
  async delete({ client: aws }, id, state) {
    await doing(`deleting EKS Pod Identity Association (${id})`, () =>
      orGone(GONE, () =>
        aws.in(state).eks.send(new DeletePodIdentityAssociationCommand(place(id, state))),
      ),
    );
  },
};
