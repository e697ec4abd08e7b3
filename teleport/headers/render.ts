import * as fs from "node:fs";
import * as path from "node:path";
import { CHECKOUT } from "../checkout";
import { containerSecurityContext } from "../images";
import type { PodParts } from "../pod-parts";
import {
  checkConfig,
  CONFIG_FILE,
  CREDENTIALS_DIR,
  CREDENTIALS_MOUNT,
  credentialsVolume,
} from "./pod";

/** Directory of the rendered configuration, in memory. */
const RENDERED_DIR = "/rendered";

/** POSIX shell script that renders the configuration. Its head says what it accepts and refuses. */
export const RENDER_SCRIPT = fs.readFileSync(
  path.join(CHECKOUT, "teleport/headers/render.sh"),
  "utf8",
);

/** Input of {@link renderedHeaders}. */
export interface RenderArgs {
  credentialsSecretName: string;
  /** Image with a POSIX shell, `od` and `awk`. */
  renderImage: string;
  /** Image of Teleport, which checks the rendered file. */
  teleportImage: string;
  pullPolicy: string;
}

/**
 * Pod parts that render secret headers into Teleport's configuration. Teleport shows them to every
 * user who may open the app (`tsh apps ls --format=json`).
 */
export function renderedHeaders(args: RenderArgs): PodParts {
  const rendered = `${RENDERED_DIR}/teleport.yaml`;
  return {
    initContainers: [
      {
        name: "render-config",
        image: args.renderImage,
        imagePullPolicy: args.pullPolicy,
        command: ["sh", "-c", RENDER_SCRIPT, "render", CONFIG_FILE, CREDENTIALS_DIR, rendered],
        securityContext: containerSecurityContext,
        resources: { requests: { cpu: "10m", memory: "16Mi" }, limits: { memory: "64Mi" } },
        volumeMounts: [
          { name: "config", mountPath: "/etc/teleport", readOnly: true },
          CREDENTIALS_MOUNT,
          { name: "rendered", mountPath: RENDERED_DIR },
        ],
      },
      checkConfig(args.teleportImage, args.pullPolicy),
    ],
    extraVolumes: [
      credentialsVolume(args.credentialsSecretName),
      { name: "rendered", emptyDir: { medium: "Memory", sizeLimit: "8Mi" } },
    ],
    extraVolumeMounts: [
      { name: "rendered", mountPath: CONFIG_FILE, subPath: "teleport.yaml", readOnly: true },
    ],
  };
}
