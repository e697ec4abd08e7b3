import { z } from "zod";
import { HOST_PORT, hostPortFault, urlFault, urlPattern } from "../../teleport/address";
import { GO_DURATION } from "../../teleport/duration";

/** Kinds of values that several sections use. Messages complete "must be …". */

/** A switch that is off by default. */
export const off = (about: string) => z.boolean().default(false).describe(about);

/** A switch that is on by default. */
export const on = (about: string) => z.boolean().default(true).describe(about);

export const nonEmpty = z.string().min(1);

export const port = z.number().int().min(1).max(65535);

/** A key of a Kubernetes Secret or of a secret in Vault. */
export const secretKey = z
  .string()
  .regex(/^[\w.-]+$/, "must be a key (letters, digits, '-', '_' and '.')");

/** Labels or tags that select resources. Several values of a key are alternatives. */
export const matcher = z.record(nonEmpty, z.union([z.string(), z.array(z.string()).min(1)]));

export const dnsLabel = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, "must be a DNS label (a-z, 0-9 and inner '-')")
  .max(63);

export const dnsName = z
  .string()
  .max(253)
  .regex(
    /^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)*[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    "must be a DNS name in lower case, such as teleport.example.com",
  );

const HOST_PORT_FORM =
  "must be HOST:PORT without a scheme, port 1-65535, for example teleport.example.com:443";

export const hostPort = z
  .string()
  .regex(HOST_PORT, { error: HOST_PORT_FORM, abort: true })
  .refine((text) => hostPortFault(text) === undefined, { error: HOST_PORT_FORM });

/** A URL of one scheme, or of http and https; messages call it `what`. */
export function url(scheme: string, what: string) {
  const error = `must be ${what} with a valid host and port (1-65535)`;
  return z
    .string()
    .max(2048, "must have at most 2048 characters")
    .regex(urlPattern(scheme), { error, abort: true })
    .refine((text) => URL.canParse(text) && urlFault(text) === undefined, { error });
}

export const goDuration = z
  .string()
  .regex(GO_DURATION, 'must be a Go duration such as "30m" or "720h"');

/** A part of a path that is not `.` or `..`. */
const VAULT_PART =
  "(?:[A-Za-z0-9_~@:-][A-Za-z0-9_.~@:-]*|\\.[A-Za-z0-9_~@:-][A-Za-z0-9_.~@:-]*|\\.\\.[A-Za-z0-9_.~@:-]+)";

/** A path or mount in Vault. It cannot lead to another path and has no policy wildcard. */
export const vaultPath = z
  .string()
  .regex(
    new RegExp(`^${VAULT_PART}(\\/${VAULT_PART})*$`),
    'must be a Vault path without leading or trailing slash, empty part, ".", ".." or wildcard, ' +
      "such as teleport/agent",
  );

/** Where Vault itself answers; no secrets engine can be mounted there. */
const VAULTS_OWN = /^(sys|auth|identity|cubbyhole)(\/|$)/;

/** A mount of a secrets engine or an auth method in Vault, without `auth/`. */
export const vaultMount = vaultPath.refine(
  (mount) => !VAULTS_OWN.test(mount),
  "must be a mount of your own, and sys, auth, identity and cubbyhole are Vault's",
);

export const postgresName = z
  .string()
  .max(63)
  .regex(/^[A-Za-z_][\w-]*$/, "must be a PostgreSQL name (a letter, then letters, digits, _ or -)");

const quantity = z
  .string()
  .regex(
    /^\d+(\.\d+)?(n|u|m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi|E|Ei|[eE][+-]?\d{1,2})?$/,
    "must be a Kubernetes quantity such as 500m, 2 or 1Gi",
  );

/** Texts that people read in a list or a column. */
export const oneLine = z
  .string()
  .regex(/^\P{Cc}*$/u, "must be one line without control characters");

export const labels = z.record(z.string().min(1), oneLine);

/** Labels of Kubernetes' own objects. Source: Kubernetes' documentation, "Syntax and character set". */
export const kubernetesLabels = z.record(
  z
    .string()
    .regex(
      /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/,
      "must be a label's key such as pool or example.com/pool",
    ),
  z
    .string()
    .regex(
      /^([A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?)?$/,
      "must be a label's value: at most 63 letters, digits, and inner '-', '_' and '.'",
    ),
);

/** Resources of a container: Kubernetes' own, huge pages, device plugins'. Source: Kubernetes' ResourceRequirements. */
const resourceName = z
  .string()
  .regex(
    /^(cpu|memory|ephemeral-storage|hugepages-\d+[KMG]i|[a-z0-9][-a-z0-9.]*\/[A-Za-z0-9][-A-Za-z0-9_.]*)$/,
    "must be cpu, memory, ephemeral-storage, hugepages-SIZE or DOMAIN/NAME",
  );

export const resources = z.strictObject({
  requests: z
    .record(resourceName, quantity)
    .optional()
    .describe("Requested amounts, such as {cpu: 100m}. Default: none."),
  limits: z
    .record(resourceName, quantity)
    .optional()
    .describe("Upper bounds, such as {memory: 1Gi}. Default: none."),
});

/** Shape of an AWS region. */
export const AWS_REGION = /^[a-z]{2,}(-[a-z]+)+-\d+$/;

export const awsRegion = z.string().regex(AWS_REGION, "must be an AWS region such as eu-central-1");

export const roleArn = z
  .string()
  .regex(
    /^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/,
    "must be one role's ARN, such as arn:aws:iam::123456789012:role/teleport",
  );

const IMAGE_HOST = "(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::[1-9]\\d{0,4})?\\/)?";
const IMAGE_NAME = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";

/** Repository of an image: HOST[:PORT]/PATH. Source: reference grammar of OCI's distribution. */
export const IMAGE_REPOSITORY = `${IMAGE_HOST}${IMAGE_NAME}(?:\\/${IMAGE_NAME})*`;

/** Registry, with a path below it: HOST[:PORT][/PATH]. */
export const IMAGE_REGISTRY = `[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::[1-9]\\d{0,4})?(?:\\/${IMAGE_NAME})*`;

/** An image with optional tag and digest. */
export const imageReference = z
  .string()
  .max(512)
  .regex(
    new RegExp(`^${IMAGE_REPOSITORY}(?::\\w[\\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`),
    "must be an image such as registry.example.com/caddy:2.11.9@sha256:…",
  );

export const timeoutSeconds = z.number().int().positive().max(86400);

/** Timeout of a Helm release. */
export const releaseTimeout = (seconds: number) =>
  timeoutSeconds
    .default(seconds)
    .describe("Seconds that the Helm release may take, including its waits.");

/** Labels whose values are the output of programs in the agent's image. */
export const commands = (what: string) =>
  z
    .array(
      z.strictObject({
        name: z.string().min(1).describe("Name of the label."),
        command: z
          .array(z.string().min(1))
          .min(1)
          .describe("Program in the agent's image, and its arguments."),
        period: goDuration.default("1h").describe("How often it runs, a Go duration."),
      }),
    )
    .prefault([])
    .describe(`${what} whose values a program prints. Default: none.`);
