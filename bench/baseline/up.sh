#!/bin/sh
# The reference plane of Pulumi.sandbox.yaml made by hand: up.sh FOLDER CHARTS, with the files that files.ts
# writes, and KUBECONFIG, VAULT_* and AWS_* of a fresh sandbox. Prints what each step took, in seconds.
set -eu
files=$1
charts=$2
namespace=teleport
# Version 1 of its command line does not read AWS_REGION.
export AWS_DEFAULT_REGION="$AWS_REGION" AWS_PAGER="" AWS_DEFAULT_OUTPUT=text

now() { date +%s.%N; }
step() {
  name=$1
  shift
  began=$(now)
  "$@" >&2
  printf '%s\t%s\n' "$name" "$(echo "$(now) - $began" | bc)"
}
apply() { kubectl apply --server-side --field-manager=by-hand "$@"; }

vault_access() {
  vault policy write teleport-sandbox "$files/policy.hcl"
  vault write auth/kubernetes/role/teleport-sandbox @"$files/role.json"
}
synced() {
  kubectl -n $namespace wait --for=condition=Ready certificate/teleport-tls --timeout=600s
  kubectl -n $namespace wait --for=create --timeout=180s \
    secret/infra-db-credentials secret/teleport-agent-credentials
}
release() {
  helm upgrade --install "$1" "$charts/$2" -n $namespace -f "$files/values-$1.yaml" \
    --atomic --wait --timeout 900s --history-max 10
}
after_release() {
  apply --force-conflicts -f "$files/after.yaml"
  kubectl -n $namespace wait --for=condition=SuccessfullyReconciled --timeout=120s \
    teleportprovisiontoken/teleport-agent teleportrolev7/kube-admin
}
tags='Key=team,Value=platform'
security_groups() {
  vpc=$(aws ec2 describe-vpcs --filters Name=tag:Name,Values=lumie --query 'Vpcs[0].VpcId')
  nodes=$(aws ec2 describe-security-groups --filters Name=tag:Name,Values=lumie-nodes \
    --query 'SecurityGroups[0].GroupId')
  group=$(aws ec2 create-security-group --group-name teleport --vpc-id "$vpc" \
    --description "Teleport load balancer" --query GroupId \
    --tag-specifications "ResourceType=security-group,Tags=[{Key=Name,Value=teleport},{$tags}]")
  # Without this rule of every new group, nothing else may be reached than what the rules below say.
  aws ec2 revoke-security-group-egress --group-id "$group" --protocol all --cidr 0.0.0.0/0
  rule() { # direction, group, port, source
    aws ec2 "authorize-security-group-$1" --group-id "$2" \
      --ip-permissions "IpProtocol=tcp,FromPort=$3,ToPort=$3,$4" \
      --tag-specifications "ResourceType=security-group-rule,Tags=[{$tags}]"
  }
  rule ingress "$group" 443 "IpRanges=[{CidrIp=0.0.0.0/0,Description='Teleport clients'}]"
  rule egress "$group" 30443 \
    "UserIdGroupPairs=[{GroupId=$nodes,Description='Teleport node port'}]"
  rule ingress "$nodes" 30443 \
    "UserIdGroupPairs=[{GroupId=$group,Description='Teleport load balancer'}]"
}
load_balancer() {
  targets=$(aws elbv2 create-target-group --name teleport --protocol TCP --port 30443 \
    --vpc-id "$vpc" --target-type instance --health-check-protocol HTTPS \
    --health-check-port traffic-port --health-check-path /webapi/ping --matcher HttpCode=200 \
    --health-check-interval-seconds 10 --healthy-threshold-count 2 --unhealthy-threshold-count 2 \
    --tags $tags --query 'TargetGroups[0].TargetGroupArn')
  aws elbv2 modify-target-group-attributes --target-group-arn "$targets" --attributes \
    Key=deregistration_delay.timeout_seconds,Value=60 Key=preserve_client_ip.enabled,Value=true \
    Key=proxy_protocol_v2.enabled,Value=false
  aws autoscaling attach-load-balancer-target-groups --auto-scaling-group-name lumie-nodes \
    --target-group-arns "$targets"
  subnets=$(aws ec2 describe-subnets --filters Name=tag:kubernetes.io/role/elb,Values=1 \
    Name=vpc-id,Values="$vpc" --query 'Subnets[].SubnetId')
  # shellcheck disable=SC2086 # subnets are words
  balancer=$(aws elbv2 create-load-balancer --name teleport --type network \
    --scheme internet-facing --security-groups "$group" --subnets $subnets --tags $tags \
    --query 'LoadBalancers[0].LoadBalancerArn')
  aws elbv2 modify-load-balancer-attributes --load-balancer-arn "$balancer" --attributes \
    Key=deletion_protection.enabled,Value=true Key=load_balancing.cross_zone.enabled,Value=true \
    Key=dns_record.client_routing_policy,Value=any_availability_zone \
    Key=zonal_shift.config.enabled,Value=false
  aws elbv2 wait load-balancer-available --load-balancer-arns "$balancer"
  aws elbv2 create-listener --load-balancer-arn "$balancer" --protocol TCP --port 443 \
    --default-actions Type=forward,TargetGroupArn="$targets" --tags $tags
}
dns() {
  address=$(aws elbv2 describe-load-balancers --load-balancer-arns "$balancer" \
    --query 'LoadBalancers[0].[DNSName,CanonicalHostedZoneId]')
  zone=$(aws route53 list-hosted-zones-by-name --dns-name lumie-infra.com \
    --query 'HostedZones[0].Id')
  record() {
    printf '{"Action":"UPSERT","ResourceRecordSet":{"Name":"%s","Type":"A","AliasTarget":{"DNSName":"%s","HostedZoneId":"%s","EvaluateTargetHealth":true}}}' "$@"
  }
  # shellcheck disable=SC2086 # the address and its zone are two words
  aws route53 change-resource-record-sets --hosted-zone-id "$zone" --change-batch \
    "{\"Changes\":[$(record lumie-infra.com $address),$(record '*.lumie-infra.com' $address)]}"
}

step "vault: policy and role" vault_access
step "kubectl apply: namespace to Secrets" apply -f "$files/before.yaml"
step "kubectl wait: certificate and Secrets" synced
step "helm: teleport" release teleport teleport-cluster
step "kubectl apply: node port, token, role" after_release
step "aws: security groups" security_groups
step "aws: load balancer" load_balancer
step "aws: DNS" dns
step "helm: teleport-agent" release teleport-agent teleport-kube-agent
