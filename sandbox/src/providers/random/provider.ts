import {
  diffInputs,
  hasUnknown,
  markSecret,
  plain,
  type CheckCall,
  type CheckFailure,
  type CheckResult,
  type CreateCall,
  type CreateResult,
  type Props,
  type Provider,
  type ReadCall,
  type ReadResult,
  type Value,
} from "../framework.ts";
import { bcrypt } from "./bcrypt.ts";
import {
  characterRules,
  idForms,
  petName,
  randomBytes,
  randomInt,
  randomText,
  randomUUID,
} from "./generate.ts";

const text = (value: Value | undefined, fallback = ""): string =>
  typeof value === "string" ? value : fallback;
const num = (value: Value | undefined, fallback = 0): number =>
  typeof value === "number" ? value : fallback;

interface Kind {
  required: readonly string[];
  secrets?: readonly string[];
  make(inputs: Props): { id: string; outs: Props };
  /** Inputs and outputs of an imported resource. */
  adopt(id: string): { id: string; inputs: Props; outs: Props };
}

const password = (inputs: Props, result: string) => ({
  id: "none",
  outs: { ...characterRules(inputs), result, bcryptHash: bcrypt(result) },
});
const string = (inputs: Props, result: string) => ({
  id: result,
  outs: { ...characterRules(inputs), result },
});
const identifier = (inputs: Props, bytes: Buffer) => ({
  id: bytes.toString("base64url"),
  outs: { ...inputs, ...idForms(bytes, text(inputs["prefix"])) },
});

const KINDS: Record<string, Kind> = {
  "random:index/randomPassword:RandomPassword": {
    required: ["length"],
    secrets: ["result", "bcryptHash"],
    make: (inputs) => password(inputs, randomText(inputs)),
    adopt: (id) => {
      const inputs = { length: id.length };
      return { inputs, ...password(inputs, id) };
    },
  },
  "random:index/randomString:RandomString": {
    required: ["length"],
    make: (inputs) => string(inputs, randomText(inputs)),
    adopt: (id) => {
      const inputs = { length: id.length };
      return { inputs, ...string(inputs, id) };
    },
  },
  "random:index/randomId:RandomId": {
    required: ["byteLength"],
    make: (inputs) => identifier(inputs, randomBytes(num(inputs["byteLength"]))),
    adopt: (id) => {
      const comma = id.lastIndexOf(",");
      const prefix = comma < 0 ? "" : id.slice(0, comma);
      const bytes = Buffer.from(id.slice(comma + 1), "base64url");
      const inputs = { byteLength: bytes.length, ...(prefix ? { prefix } : {}) };
      return { inputs, ...identifier(inputs, bytes) };
    },
  },
  "random:index/randomPet:RandomPet": {
    required: [],
    make: (inputs) => {
      const [length, separator] = [num(inputs["length"], 2), text(inputs["separator"], "-")];
      const id = petName(length, separator, text(inputs["prefix"]));
      return { id, outs: { ...inputs, length, separator } };
    },
    adopt: (id) => ({ id, inputs: {}, outs: { length: id.split("-").length, separator: "-" } }),
  },
  "random:index/randomUuid:RandomUuid": {
    required: [],
    make: (inputs) => {
      const result = randomUUID();
      return { id: result, outs: { ...inputs, result } };
    },
    adopt: (id) => ({ id, inputs: {}, outs: { result: id } }),
  },
  "random:index/randomInteger:RandomInteger": {
    required: ["min", "max"],
    make: (inputs) => {
      const result = randomInt(num(inputs["min"]), num(inputs["max"]) + 1);
      return { id: String(result), outs: { ...inputs, result } };
    },
    adopt: (id) => {
      const [result = 0, min = 0, max = 0] = id.split(",").map(Number);
      return { id: String(result), inputs: { min, max }, outs: { min, max, result } };
    },
  },
};

function kindOf(type: string): Kind {
  const kind = KINDS[type];
  if (!kind) {
    const known = Object.keys(KINDS).map((token) => token.split(":")[2]);
    throw new Error(`random: ${type} is not supported here; known are ${known.join(", ")}`);
  }
  return kind;
}

function check(call: CheckCall): CheckResult {
  const failures: CheckFailure[] = kindOf(call.type)
    .required.filter((key) => call.news[key] === undefined || call.news[key] === null)
    .map((key) => ({ property: key, reason: `Missing required property '${key}'` }));
  return { inputs: call.news, failures };
}

function create(call: CreateCall): CreateResult {
  const kind = kindOf(call.type);
  if (call.preview || hasUnknown(call.inputs)) return { id: "", outs: call.inputs };
  const { id, outs } = kind.make(plain(call.inputs));
  return { id, outs: markSecret(outs, kind.secrets ?? []) };
}

/** Only the state has the value: a refresh returns it, and an import takes it from the id. */
function read(call: ReadCall): ReadResult {
  if (Object.keys(call.state).length > 0) {
    return { id: call.id, outs: call.state, inputs: call.inputs };
  }
  const kind = kindOf(call.type);
  const { id, outs, inputs } = kind.adopt(call.id);
  return { id, inputs, outs: markSecret(outs, kind.secrets ?? []) };
}

export function randomProvider(): Provider {
  return {
    name: "random",
    version: "4.21.2",
    check,
    // Every input, keepers included, decides the value, so a change makes a new one.
    diff(call) {
      const olds = Object.keys(call.oldInputs).length > 0 ? call.oldInputs : call.olds;
      const { detailedDiff = [] } = diffInputs(olds, call.news, { ignore: call.ignoreChanges });
      return { detailedDiff, replaces: detailedDiff.map((change) => change.path) };
    },
    create: (call) => Promise.resolve().then(() => create(call)),
    read: (call) => Promise.resolve(read(call)),
    update: (call) => Promise.resolve({ ...call.olds, ...call.news }),
    // Only the state has the value.
    delete: () => Promise.resolve(),
  };
}
