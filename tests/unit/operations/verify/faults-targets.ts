import type { Loose } from "./fakes";
import type { Fault } from "./fault";
import { TARGET_GROUP, type World } from "./world";

const REGISTER = new RegExp(
  `^\`aws --region eu-central-1 elbv2 register-targets --target-group-arn ${TARGET_GROUP} --targets Id=i-0,Port=30443\`$`,
);

type Targets = NonNullable<World["settings"]["loadBalancer"]>["targets"];

const choose = ({ settings }: World, targets: Targets) => {
  settings.loadBalancer!.targets = targets;
};

const unhealthy = (target: Loose | undefined) => {
  target!["TargetHealth"] = { State: "unhealthy", Description: "Health checks failed" };
};

/** The proxies' pods as targets. */
const choosePods = (world: World) => {
  choose(world, { targetGroupBinding: "ip" });
  world.aws.targets = ["10.0.0.10", "10.0.0.11"].map((address, index) => {
    world.kubernetes.find("Pod", `teleport-proxy-${String(index)}`)["status"].podIP = address;
    return { Target: { Id: address, Port: 3080 }, TargetHealth: { State: "healthy" } };
  });
  for (const rule of Object.values(world.aws.rules).flat()) {
    if (rule["FromPort"] === 30443) Object.assign(rule, { FromPort: 3080, ToPort: 3080 });
  }
};

/** What the load balancer sends to, for each kind of targets. */
export const TARGET_FAULTS: Fault[] = [
  {
    title: "somebody has taken an instance of the Auto Scaling group out",
    breaks: (world) => void world.aws.targets.shift(),
    check: "exposure.targets",
    says: /^i-0 is not registered$/,
    remedy: REGISTER,
  },
  {
    title: "an instance is being taken out",
    breaks: (world) => void (world.aws.targets[0]!["TargetHealth"] = { State: "draining" }),
    check: "exposure.targets",
    says: /^i-0 is not registered$/,
    remedy: REGISTER,
  },
  {
    title: "the target group was taken from the Auto Scaling group",
    breaks: (world) => {
      world.aws.targets = [];
      world.aws.scalingGroup!.targetGroups = [];
    },
    check: "exposure.targets",
    says: /^Auto Scaling group lumie-nodes is not attached$/,
    remedy: /^`bin\/access-plane up --stack prod --refresh` attaches the group$/,
  },
  {
    title: "the Auto Scaling group has no instance",
    breaks: (world) => {
      world.aws.targets = [];
      world.aws.scalingGroup!.instances = [];
    },
    check: "exposure.targets",
    says: /^no target is registered$/,
    remedy: /describe-scaling-activities --auto-scaling-group-name lumie-nodes` says why/,
  },
  {
    title: "an instance is registered on another port",
    breaks: (world) => void (world.aws.targets[0]!["Target"].Port = 30444),
    check: "exposure.targets",
    says: /^i-0 is on port 30444$/,
    remedy:
      /^`aws \S+ \S+ elbv2 deregister-targets \S+ \S+ --targets Id=i-0,Port=30444`; `aws .* register-targets .*Id=i-0,Port=30443`$/,
  },
  {
    title: "a node with a proxy is unhealthy",
    breaks: (world) => unhealthy(world.aws.targets[0]),
    check: "exposure.targets",
    says: /^i-0 runs a proxy and is unhealthy: Health checks failed$/,
    remedy: /^`kubectl .*logs -n teleport deploy\/teleport-proxy`/,
  },
  {
    title: "a proxy runs on a node that is no target",
    breaks: (world) => {
      world.aws.targets.shift();
      world.aws.scalingGroup!.instances = ["i-1"];
    },
    check: "exposure.targets",
    state: "warning",
    says: /1 of 1 healthy; proxies run on i-0, which are not targets/,
    remedy: /get nodes --show-labels`: set teleport\.proxy\.nodeSelector/,
  },
  {
    title: "an instance with the tags of the settings is not registered",
    breaks: (world) => {
      choose(world, { instanceTags: { pool: "nodes" } });
      world.aws.targets.shift();
    },
    check: "exposure.targets",
    says: /^i-0 is not registered$/,
    remedy: /^`bin\/access-plane up --stack prod --refresh` registers what is missing$/,
  },
  {
    title: "somebody has taken out a node of a target group binding",
    breaks: (world) => {
      choose(world, { targetGroupBinding: "instance" });
      world.aws.targets.shift();
    },
    check: "exposure.targets",
    says: /^i-0 is not registered$/,
    remedy:
      /register-targets .*Id=i-0,Port=30443`; `kubectl .*describe targetgroupbindings teleport-1 -n teleport` says why/,
  },
  {
    title: "somebody has taken out a proxy's pod",
    breaks: (world) => {
      choosePods(world);
      world.aws.targets.shift();
    },
    check: "exposure.targets",
    says: /^10\.0\.0\.10 is not registered$/,
    remedy: /register-targets .*Id=10\.0\.0\.10,Port=3080`/,
  },
  {
    title: "a proxy's pod is unhealthy",
    breaks: (world) => {
      choosePods(world);
      unhealthy(world.aws.targets[0]);
    },
    check: "exposure.targets",
    says: /^10\.0\.0\.10 runs a proxy and is unhealthy/,
  },
];
