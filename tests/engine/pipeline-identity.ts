import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { CreateSecurityGroupCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import * as k8s from "@kubernetes/client-node";
import { parseAllDocuments, stringify } from "yaml";
import { awsConfig } from "./aws-config";
import type { EngineStack } from "./stack";

const NAMESPACE = "pipeline";

interface Applied extends k8s.KubernetesObject {
  metadata: { name: string; namespace?: string };
  subjects?: object[];
}

/** A pipeline job's own login, with exactly the rights of `deploy/pipeline/<job>`. */
export class PipelineIdentity {
  private constructor(
    private readonly stack: EngineStack,
    private readonly job: "preview" | "up" | "verify",
    private readonly folder: string,
    /** Environment of the job: its own kubeconfig, Vault token and AWS key, none of the administrator's. */
    readonly env: NodeJS.ProcessEnv,
  ) {}

  /** Creates the login. {@link grant} adds its role bindings. */
  static async make(stack: EngineStack, job: "preview" | "up" | "verify") {
    const core = stack.kube(k8s.CoreV1Api);
    const { items } = await core.listNamespace({ fieldSelector: `metadata.name=${NAMESPACE}` });
    if (items.length === 0) await core.createNamespace({ body: { metadata: { name: NAMESPACE } } });
    await core.createNamespacedServiceAccount({
      namespace: NAMESPACE,
      body: { metadata: { name: job } },
    });
    const { status } = await core.createNamespacedServiceAccountToken({
      namespace: NAMESPACE,
      name: job,
      body: {
        spec: { audiences: [], expirationSeconds: 7200 },
      },
    });
    await stack.vault(`sys/policies/acl/access-plane-${job}`, {
      // The file is for the reference stack, and names its objects in Vault after that stack.
      policy: fs
        .readFileSync(`deploy/pipeline/${job}/vault.hcl`, "utf8")
        .replaceAll('/teleport-prod"', '/teleport-sandbox"'),
    });
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), `access-plane-${job}-`));
    const kubeconfig = path.join(folder, "kubeconfig");
    const admin = new k8s.KubeConfig();
    admin.loadFromFile(stack.env["KUBECONFIG"] ?? "");
    const cluster = admin.getCurrentCluster();
    fs.writeFileSync(
      kubeconfig,
      stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [
          {
            name: "sandbox",
            cluster: {
              server: cluster?.server,
              ...(cluster?.caData === undefined
                ? {}
                : { "certificate-authority-data": cluster.caData }),
              ...(cluster?.caFile === undefined ? {} : { "certificate-authority": cluster.caFile }),
            },
          },
        ],
        users: [{ name: job, user: { token: status?.token } }],
        contexts: [{ name: "sandbox", context: { cluster: "sandbox", user: job } }],
        "current-context": "sandbox",
      }),
      { mode: 0o600 },
    );
    const token = await PipelineIdentity.vaultToken(stack, job);
    return new PipelineIdentity(stack, job, folder, {
      ...stack.env,
      KUBECONFIG: kubeconfig,
      VAULT_TOKEN: token,
      ...(await PipelineIdentity.awsKey(stack, job)),
    });
  }

  /** An access key of a new AWS user with the job's policy. */
  private static async awsKey(stack: EngineStack, job: string): Promise<NodeJS.ProcessEnv> {
    const iam = new IAMClient(awsConfig(stack.env));
    const UserName = `access-plane-${job}`;
    await iam.send(new CreateUserCommand({ UserName }));
    await PipelineIdentity.putPolicy(stack, job, "aws.json");
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    return {
      AWS_ACCESS_KEY_ID: AccessKey?.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: AccessKey?.SecretAccessKey,
    };
  }

  /** Gives the job's user a policy of its folder. `names` are values of the policy's variables. */
  private static async putPolicy(
    stack: EngineStack,
    job: string,
    file: string,
    names: Record<string, string> = {},
  ): Promise<void> {
    // The state is in local files.
    const values: Record<string, string> = {
      RECORDINGS_BUCKET: "lumie-teleport-recordings",
      HOSTED_ZONE_ID: "*",
      STATE_KEY_ARN: "arn:aws:kms:eu-central-1:123456789012:key/state",
      AWS_ACCOUNT_ID: "123456789012",
      AWS_REGION: stack.env["AWS_REGION"] ?? "",
      ...names,
    };
    const PolicyDocument = fs
      .readFileSync(`deploy/pipeline/${job}/${file}`, "utf8")
      .replaceAll(/\$\{(\w+)\}/g, (_, name: string) => values[name] ?? "any");
    const user = { UserName: `access-plane-${job}`, PolicyName: path.parse(file).name };
    const iam = new IAMClient(awsConfig(stack.env));
    await iam.send(new PutUserPolicyCommand({ ...user, PolicyDocument }));
  }

  /** The same for a further policy. */
  allow(file: string, names: Record<string, string>): Promise<void> {
    return PipelineIdentity.putPolicy(this.stack, this.job, file, names);
  }

  private static async vaultToken(stack: EngineStack, job: string): Promise<string> {
    const response = await fetch(`${stack.env["VAULT_ADDR"] ?? ""}/v1/auth/token/create`, {
      method: "POST",
      headers: { "X-Vault-Token": stack.env["VAULT_TOKEN"] ?? "" },
      body: JSON.stringify({ policies: [`access-plane-${job}`], ttl: "2h" }),
    });
    const { auth } = (await response.json()) as { auth: { client_token: string } };
    return auth.client_token;
  }

  /** Applies the job's `kubernetes.yaml`, and binds its roles to this login instead of the group. */
  async grant(): Promise<void> {
    const text = fs.readFileSync(`deploy/pipeline/${this.job}/kubernetes.yaml`, "utf8");
    const admin = new k8s.KubeConfig();
    admin.loadFromFile(this.stack.env["KUBECONFIG"] ?? "");
    const objects = k8s.KubernetesObjectApi.makeApiClient(admin);
    for (const document of parseAllDocuments(text)) {
      const object = document.toJS() as Applied;
      if (object.subjects !== undefined) {
        object.subjects = [{ kind: "ServiceAccount", name: this.job, namespace: NAMESPACE }];
      }
      await objects.create(object);
    }
  }

  /** Whether Kubernetes allows this login a request in the plane's namespace. */
  async may(verb: string, resource: string, group = ""): Promise<boolean> {
    const config = new k8s.KubeConfig();
    config.loadFromFile(this.env["KUBECONFIG"] ?? "");
    const { status } = await config
      .makeApiClient(k8s.AuthorizationV1Api)
      .createSelfSubjectAccessReview({
        body: { spec: { resourceAttributes: { verb, resource, group, namespace: "teleport" } } },
      });
    return status?.allowed === true;
  }

  /** HTTP status of a read of Vault with this login's token. */
  async vaultStatus(apiPath: string): Promise<number> {
    const response = await fetch(`${this.env["VAULT_ADDR"] ?? ""}/v1/${apiPath}`, {
      headers: { "X-Vault-Token": this.env["VAULT_TOKEN"] ?? "" },
    });
    return response.status;
  }

  /** Creates a security group as this login. Resolves to AWS's error code, or undefined on success. */
  async newSecurityGroup(): Promise<string | undefined> {
    const ec2 = new EC2Client(awsConfig(this.env));
    const group = { GroupName: this.job, Description: "a trial" };
    return ec2.send(new CreateSecurityGroupCommand(group)).then(
      () => undefined,
      (error: unknown) => (error as Error).name,
    );
  }

  remove(): void {
    fs.rmSync(this.folder, { recursive: true, force: true });
  }
}
