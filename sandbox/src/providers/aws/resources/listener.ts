/** Listeners of load balancers. */
import {
  CreateListenerCommand,
  DeleteListenerCommand,
  DescribeListenersCommand,
  ModifyListenerCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Resource } from "../../tables/definition.ts";
import {
  anyCase,
  block,
  computed,
  flag,
  kept,
  number,
  output,
  replace,
  required,
  text,
  type Fields,
} from "../../tables/fields.ts";
import { type Plain, word } from "../../tables/plain.ts";
import {
  allTags,
  doing,
  known,
  num,
  orGone,
  planTagged,
  regional,
  regionalId,
  str,
  tagged,
  tagList,
  tagState,
} from "../common.ts";
import type { Aws } from "../connect.ts";
import { nonEmpty, readTags, updateTags } from "./elb.ts";
import { actionFields, fromActions, UNSUPPORTED, toActions } from "./listener-actions.ts";

const GONE = ["ListenerNotFound"];

/** HTTP header settings. Network load balancers lack them, so the state keeps the program's values. */
const headers = [
  ...["IssuerHeaderName", "LeafHeaderName", "SerialNumberHeaderName", "SubjectHeaderName"].map(
    (name) => `RequestXAmznMtlsClientcert${name}`,
  ),
  ...["RequestXAmznMtlsClientcertHeaderName", "RequestXAmznMtlsClientcertValidityHeaderName"],
  ...["RequestXAmznTlsCipherSuiteHeaderName", "RequestXAmznTlsVersionHeaderName"],
  ...["Credentials", "Headers", "Methods", "Origin"].map(
    (name) => `ResponseAccessControlAllow${name}HeaderValue`,
  ),
  ...["ResponseAccessControlExposeHeadersHeaderValue", "ResponseAccessControlMaxAgeHeaderValue"],
  ...[
    "ContentSecurityPolicy",
    "StrictTransportSecurity",
    "XContentTypeOptions",
    "XFrameOptions",
  ].map((name) => `Response${name}HeaderValue`),
].map((name) => `routingHttp${name}`);

const fields: Fields = {
  ...regional,
  ...tagged,
  loadBalancerArn: text({ ...required, ...replace }),
  defaultActions: actionFields,
  port: number(),
  protocol: text({ ...computed, same: anyCase }),
  alpnPolicy: text(),
  certificateArn: text(),
  sslPolicy: text(computed),
  mutualAuthentication: block(
    {
      mode: text(required),
      trustStoreArn: text(),
      ignoreClientCertificateExpiry: flag(computed),
      advertiseTrustStoreCaNames: text(computed),
    },
    computed,
  ),
  tcpIdleTimeoutSeconds: number({ ...computed, ...kept }),
  routingHttpResponseServerEnabled: flag({ ...computed, ...kept }),
  ...Object.fromEntries(headers.map((name) => [name, text({ ...computed, ...kept })])),
  arn: text(output),
};

function settings(props: Plain) {
  const mutual = props["mutualAuthentication"] as Plain | undefined;
  return {
    Port: num(props["port"]),
    Protocol: str(props["protocol"])?.toUpperCase() as "TCP" | undefined,
    SslPolicy: str(props["sslPolicy"]),
    Certificates: props["certificateArn"]
      ? [{ CertificateArn: str(props["certificateArn"]) }]
      : undefined,
    AlpnPolicy: props["alpnPolicy"] ? [word(props["alpnPolicy"])] : undefined,
    DefaultActions: toActions(props["defaultActions"]),
    MutualAuthentication: mutual && {
      Mode: str(mutual["mode"]),
      TrustStoreArn: str(mutual["trustStoreArn"]),
      IgnoreClientCertificateExpiry: mutual["ignoreClientCertificateExpiry"] as boolean | undefined,
    },
  };
}

export const listener: Resource<Aws> = {
  token: "aws:lb/listener:Listener",
  fields,
  plan: planTagged,
  validate: (inputs) =>
    (Array.isArray(inputs["defaultActions"]) ? (inputs["defaultActions"] as Plain[]) : []).flatMap(
      (action, index) =>
        UNSUPPORTED.filter((name) => typeof action === "object" && action[name] !== undefined).map(
          (name) => ({
            property: `defaultActions[${index}].${name}`,
            reason: "the offline stand-in supports only forward, redirect and fixed-response",
          }),
        ),
    ),
  async create({ client: aws }, inputs) {
    const arn = str(inputs["loadBalancerArn"]);
    const command = new CreateListenerCommand({
      LoadBalancerArn: arn,
      ...settings(inputs),
      Tags: nonEmpty(tagList(allTags(aws, inputs))),
    });
    const made = await doing(`creating ELBv2 Listener (${arn})`, () =>
      aws.in(inputs).elb.send(command),
    );
    const id = made.Listeners?.[0]?.ListenerArn;
    if (!id) throw new Error(`creating ELBv2 Listener (${arn}): the API returned no ARN`);
    return id;
  },
  async read({ client: aws }, id, state) {
    const { id: arn, region } = regionalId(id);
    const where = region ? { ...state, region } : state;
    const elb = aws.in(where).elb;
    const command = new DescribeListenersCommand({ ListenerArns: [arn] });
    const found = (await orGone([...GONE, "LoadBalancerNotFound"], () => elb.send(command)))
      ?.Listeners?.[0];
    if (!found) return undefined;
    const mutual = found.MutualAuthentication;
    return {
      id: arn,
      ...tagState(aws, await readTags(elb, arn), state),
      ...known({
        region: aws.regionOf(where),
        arn,
        loadBalancerArn: found.LoadBalancerArn,
        port: found.Port,
        protocol: found.Protocol,
        sslPolicy: found.SslPolicy,
        certificateArn: found.Certificates?.[0]?.CertificateArn,
        alpnPolicy: found.AlpnPolicy?.[0],
        defaultActions: fromActions(found.DefaultActions, state["defaultActions"]),
        mutualAuthentication: mutual?.Mode
          ? known({
              mode: mutual.Mode,
              trustStoreArn: mutual.TrustStoreArn,
              ignoreClientCertificateExpiry: mutual.IgnoreClientCertificateExpiry,
              advertiseTrustStoreCaNames: mutual.AdvertiseTrustStoreCaNames,
            })
          : undefined,
      }),
    };
  },
  async update({ client: aws }, { id, olds, news, changed }) {
    if ([...changed].some((name) => name !== "tags" && name !== "tagsAll")) {
      const command = new ModifyListenerCommand({ ListenerArn: id, ...settings(news) });
      await doing(`modifying ELBv2 Listener (${id})`, () => aws.in(news).elb.send(command));
    }
    await updateTags(aws, id, olds, news);
  },
  async delete({ client: aws }, id, state) {
    const command = new DeleteListenerCommand({ ListenerArn: id });
    await doing(`deleting ELBv2 Listener (${id})`, () =>
      orGone([...GONE, "LoadBalancerNotFound"], () => aws.in(state).elb.send(command)),
    );
  },
};
