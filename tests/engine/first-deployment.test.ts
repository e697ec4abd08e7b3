import * as assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { LiveRecordings } from "../../operations/clients/recordings";
import { startAwsEmulator, type AwsEmulator } from "./aws-emulator";
import { bash, shellBlocks } from "./document";
import { linkedProject } from "./linked-project";

const ROOT = path.resolve(__dirname, "../..");
const FILE = path.join(ROOT, "docs/first-deployment.md");
const REGION = "eu-central-1";
const STEPS = [
  ...["1. Tools and names", "2. State and its key", "3. cert-manager", "4. Vault"],
  ...["5. PostgreSQL", "6. Bucket for recordings"],
];
/** Commands of the guide that do not call AWS. */
const OTHERS = ["git", "npm", "cd", "helm", "kubectl", "curl", "vault", "sudo", "psql"];
/** Replaces what the emulator lacks (EKS add-ons, a cluster's network), and creates the guide's cluster. */
const SHELL = `
${OTHERS.map((name) => `${name}() { cat > /dev/null; }`).join("\n")}
read() { VAULT_TOKEN=token; }
aws() {
  case "$1 $2" in
    "eks create-addon" | "eks wait") ;;
    *) command aws "$@" ;;
  esac
}
VPC=$(aws ec2 describe-vpcs --query 'Vpcs[0].VpcId' --output text)
SUBNETS=$(aws ec2 describe-subnets --query 'Subnets[].SubnetId' --output text)
GROUP=$(aws ec2 describe-security-groups --query 'SecurityGroups[0].GroupId' --output text)
aws route53 create-hosted-zone --name example.com --caller-reference guide
aws eks create-cluster --name production --role-arn arn:aws:iam::123456789012:role/eks \\
  --resources-vpc-config subnetIds=$(echo $SUBNETS | tr ' ' ,),securityGroupIds=$GROUP
aws eks create-nodegroup --cluster-name production --nodegroup-name nodes --subnets $SUBNETS \\
  --node-role arn:aws:iam::123456789012:role/nodes
`;

/** Runs the guide's AWS commands in their order, with the AWS CLI against the emulator. */
describe("docs/first-deployment.md, in an AWS account", function () {
  let emulator: AwsEmulator;
  const project = linkedProject();
  let env: NodeJS.ProcessEnv;
  let values: Record<string, string>;

  before(async function () {
    if (["aws", "jq", "envsubst"].some((tool) => spawnSync(tool, ["--version"]).error)) this.skip();
    emulator = await startAwsEmulator(REGION, { MOTO_IAM_LOAD_MANAGED_POLICIES: "true" });
    const own = { HOME: project, KUBECONFIG: path.join(project, "kubeconfig") };
    env = { ...process.env, ...emulator.env, ...own, AWS_DEFAULT_REGION: REGION };
    const [first = [], ...rest] = STEPS.map((step) => shellBlocks(FILE, step));
    const commands = [
      ...[SHELL, ...first, "export VPC_ID=$VPC NODE_SECURITY_GROUP=$GROUP", ...rest.flat()],
      "echo VALUES; export -p",
    ];
    const printed = await bash(commands.join("\n"), { cwd: project, env });
    const [, exported = ""] = printed.split("VALUES\n");
    values = Object.fromEntries(
      [...exported.matchAll(/^declare -x (\w+)="(.*)"$/gm)].map(([, name = "", value = ""]) => [
        ...([name, value] as const),
      ]),
    );
  });
  after(async () => {
    await (emulator as AwsEmulator | undefined)?.stop();
    fs.rmSync(project, { recursive: true, force: true });
  });

  const ask = async (command: string) =>
    JSON.parse(await bash(`aws ${command} --output json`, { cwd: project, env })) as unknown;

  it("finds a value for every name that it exports", () => {
    const guide = STEPS.flatMap((step) => shellBlocks(FILE, step)).join("\n");
    const names = [...guide.matchAll(/^export (.*)$/gm)].flatMap(([, line = ""]) =>
      [...line.matchAll(/\b([A-Z_]+)=/g)].map(([, name = ""]) => name),
    );
    assert.ok(names.includes("HOSTED_ZONE_ID") && names.includes("DATABASE_HOST"));
    const secrets = ["PGPASSWORD"]; // The guide unsets it again.
    for (const name of names.filter((one) => !secrets.includes(one))) {
      assert.match(values[name] ?? "", /^(?!None$).+/, name);
    }
  });

  it("gives each service account its own role and rights", async () => {
    const { associations } = (await ask(
      "eks list-pod-identity-associations --cluster-name production",
    )) as { associations: { namespace: string; serviceAccount: string }[] };
    assert.deepEqual(
      associations.map(({ namespace, serviceAccount }) => `${namespace}/${serviceAccount}`).sort(),
      [
        "cert-manager/cert-manager",
        "kube-system/ebs-csi-controller-sa",
        "teleport/teleport",
        "vault/vault",
      ],
    );
    const [zone, key] = [values["HOSTED_ZONE_ID"], values["UNSEAL_KEY_ARN"]];
    for (const [role, policy, resource] of [
      ["cert-manager", "route53", `hostedzone/${String(zone)}`],
      ["vault", "unseal", String(key)],
      ["teleport-recordings", "recordings", `s3:::${String(values["RECORDINGS_BUCKET"])}/*`],
    ] as const) {
      const found = await ask(`iam get-role-policy --role-name ${role} --policy-name ${policy}`);
      assert.ok(JSON.stringify(found).includes(resource), `${role}: ${JSON.stringify(found)}`);
    }
  });

  it("creates an encrypted database that is not public, with logical replication", async () => {
    const { DBInstances } = (await ask("rds describe-db-instances")) as {
      DBInstances: Record<string, unknown>[];
    };
    const [instance = {}] = DBInstances;
    for (const [name, value] of Object.entries({
      ...{ StorageEncrypted: true, MultiAZ: true, DeletionProtection: true },
      PubliclyAccessible: false,
    })) {
      assert.equal(instance[name], value, name);
    }
    const parameters = await ask(
      "rds describe-db-parameters --db-parameter-group-name access-plane --query " +
        "'Parameters[?ParameterName==`rds.logical_replication`].ParameterValue'",
    );
    assert.deepEqual(parameters, ["1"]);
  });

  it("creates versioned private buckets for state and recordings", async () => {
    const environment = { ...process.env };
    Object.assign(process.env, emulator.env);
    try {
      const reader = new LiveRecordings({ region: REGION, endpoint: emulator.endpoint });
      for (const name of ["STATE_BUCKET", "RECORDINGS_BUCKET"]) {
        const bucket = await reader.bucket(values[name] ?? "");
        assert.deepEqual(
          [bucket?.region, bucket?.versioned, bucket?.closed, bucket?.isPublic],
          [REGION, true, true, false],
          name,
        );
      }
    } finally {
      process.env = environment;
    }
  });
});
