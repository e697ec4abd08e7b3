import * as automation from "@pulumi/pulumi/automation";

/** A resource of a stack, as its state has it. */
export interface StateResource {
  urn: string;
  type: string;
  id?: string;
}

/** The Pulumi stack that the settings belong to. */
export interface StackReader {
  readonly name: string;
  /** Resources of the stack; undefined when it does not exist yet. */
  resources(): Promise<StateResource[] | undefined>;
  /** Steps that an update would take, against the real objects; undefined: no such stack. */
  preview(): Promise<{ op: string; urn: string }[] | undefined>;
}

/** Steps that change nothing. */
const QUIET = new Set<string>(["same", "read", "refresh"]);

/** A reader by the Automation API; nothing is written, neither state nor settings. */
export class LiveStack implements StackReader {
  constructor(
    readonly name: string,
    private readonly cwd: string,
    private readonly env: NodeJS.ProcessEnv,
    /** Another file than `Pulumi.<stack>.yaml`. */
    private readonly configFile?: string,
  ) {}

  async resources(): Promise<StateResource[] | undefined> {
    const stack = await this.select();
    if (stack === undefined) return undefined;
    const { deployment } = (await stack.exportStack()) as {
      deployment?: { resources?: StateResource[] };
    };
    return deployment?.resources ?? [];
  }

  async preview(): Promise<{ op: string; urn: string }[] | undefined> {
    const stack = await this.select();
    if (stack === undefined) return undefined;
    const steps: { op: string; urn: string }[] = [];
    await stack.preview({
      refresh: true,
      color: "never",
      onEvent: ({ resourcePreEvent }) => {
        if (resourcePreEvent === undefined) return;
        const { op, urn } = resourcePreEvent.metadata;
        if (!QUIET.has(op)) steps.push({ op, urn });
      },
      ...(this.configFile === undefined ? {} : { configFile: this.configFile }),
    });
    return steps;
  }

  private async select(): Promise<automation.Stack | undefined> {
    try {
      return await automation.LocalWorkspace.selectStack(
        { stackName: this.name, workDir: this.cwd },
        {
          envVars: Object.fromEntries(
            Object.entries(this.env).map(([name, value]) => [name, value ?? ""]),
          ),
        },
      );
    } catch (error) {
      if (error instanceof automation.StackNotFoundError) return undefined;
      throw error;
    }
  }
}
