# SPDX-License-Identifier: MIT
"""cloudtrail_ec2.py LEASTPRIV: calls of EC2 as botocore sends them, and as CloudTrail records them: operations of the elder
API keep its XML names ("instancesSet":{"items":[{"instanceId"}]}), newer ones wrap their members ("CreateFlowLogsRequest")
and number lists ({"content","tag"}). Both have to need the same permissions."""
import json
import sys

import aws_requests
from cloudtrail_bind import permissions, run

A = aws_requests.ACCOUNT
ROLE = f"arn:aws:iam::{A}:role/flow"


def items(**rows):
    """items(instanceId=["i-1"]): a list in the elder form."""
    (key, values), = rows.items()
    return {"items": [{key: v} for v in values]}


def tagged(*values):
    """A list in the newer form, which drops the brackets of one."""
    rows = [{"tag": i, "content": v} for i, v in enumerate(values, 1)]
    return rows if len(rows) > 1 else rows[0]


def new(op, **members):
    return {op + "Request": members}


PERMISSIONS = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": "sg-0b"}]}]
LOGGED_PERMISSIONS = {"items": [{"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "prefixListIds": {}, "ipv6Ranges": {},
                                 "ipRanges": {}, "groups": {"items": [{"groupId": "sg-0b"}]}}]}
DATA = {"ImageId": "ami-0a", "InstanceType": "t3.micro", "KeyName": "k", "SecurityGroupIds": ["sg-0a"],
        "IamInstanceProfile": {"Name": "web"}}
LOGGED_DATA = {"ImageId": "ami-0a", "InstanceType": "t3.micro", "KeyName": "k", "SecurityGroupId": {"tag": 1, "content": "sg-0a"},
               "IamInstanceProfile": {"Name": "web"}}

CALLS = [
    ("StartInstances", {"InstanceIds": ["i-0a", "i-0b"]}, {"instancesSet": items(instanceId=["i-0a", "i-0b"])}),
    ("StopInstances", {"InstanceIds": ["i-0a"], "Force": False}, {"instancesSet": items(instanceId=["i-0a"]), "force": False}),
    ("RebootInstances", {"InstanceIds": ["i-0a"]}, {"instancesSet": items(instanceId=["i-0a"])}),
    ("MonitorInstances", {"InstanceIds": ["i-0a"]}, {"instancesSet": items(instanceId=["i-0a"])}),
    ("RunInstances", {"ImageId": "ami-0a", "MinCount": 1, "MaxCount": 1, "InstanceType": "t3.micro", "NetworkInterfaces": [
        {"DeviceIndex": 0, "SubnetId": "subnet-0a", "Groups": ["sg-0a"], "AssociatePublicIpAddress": True}]},
     {"instancesSet": {"items": [{"imageId": "ami-0a", "minCount": 1, "maxCount": 1}]}, "instanceType": "t3.micro",
      "blockDeviceMapping": {}, "monitoring": {"enabled": False}, "networkInterfaceSet": {"items": [
          {"deviceIndex": 0, "subnetId": "subnet-0a", "groupSet": items(groupId=["sg-0a"]), "associatePublicIpAddress": True}]}}),
    ("RunInstances", {"MinCount": 1, "MaxCount": 2, "LaunchTemplate": {"LaunchTemplateId": "lt-0a", "Version": "1"},
                      "Placement": {"GroupName": "close"}},
     {"instancesSet": {"items": [{"minCount": 1, "maxCount": 2}]}, "launchTemplate": {"launchTemplateId": "lt-0a", "version": "1"},
      "placement": {"groupName": "close"}}),
    ("ModifyInstanceAttribute", {"InstanceId": "i-0a", "InstanceType": {"Value": "t3.large"}},
     {"instanceId": "i-0a", "instanceType": {"value": "t3.large"}}),
    ("ModifyInstanceAttribute", {"InstanceId": "i-0a", "Groups": ["sg-0a"]},
     {"instanceId": "i-0a", "groupSet": items(groupId=["sg-0a"])}),
    ("GetConsoleOutput", {"InstanceId": "i-0a"}, {"instanceId": "i-0a"}),
    ("GetPasswordData", {"InstanceId": "i-0a"}, {"instanceId": "i-0a"}),
    ("AssociateIamInstanceProfile", {"InstanceId": "i-0a", "IamInstanceProfile": {"Name": "web"}},
     new("AssociateIamInstanceProfile", InstanceId="i-0a", IamInstanceProfile={"Name": "web"})),
    ("CreateSecurityGroup", {"GroupName": "g", "Description": "d", "VpcId": "vpc-0a"},
     {"groupName": "g", "groupDescription": "d", "vpcId": "vpc-0a"}),
    ("DeleteSecurityGroup", {"GroupId": "sg-0a"}, {"groupId": "sg-0a"}),
    ("AuthorizeSecurityGroupEgress", {"GroupId": "sg-0a", "IpPermissions": PERMISSIONS},
     {"groupId": "sg-0a", "ipPermissions": LOGGED_PERMISSIONS}),
    ("RevokeSecurityGroupIngress", {"GroupId": "sg-0a", "IpPermissions": PERMISSIONS},
     {"groupId": "sg-0a", "ipPermissions": LOGGED_PERMISSIONS}),
    ("CreateVolume", {"Size": 10, "AvailabilityZone": "us-east-1a", "VolumeType": "gp3", "SnapshotId": "snap-0a"},
     {"size": "10", "zone": "us-east-1a", "volumeType": "gp3", "snapshotId": "snap-0a"}),
    ("DeleteVolume", {"VolumeId": "vol-0a"}, {"volumeId": "vol-0a"}),
    ("DetachVolume", {"VolumeId": "vol-0a", "InstanceId": "i-0a"}, {"volumeId": "vol-0a", "instanceId": "i-0a", "force": False}),
    ("ModifyVolume", {"VolumeId": "vol-0a", "Size": 20}, new("ModifyVolume", VolumeId="vol-0a", Size=20)),
    ("CreateSnapshot", {"VolumeId": "vol-0a", "Description": "d"}, {"volumeId": "vol-0a", "description": "d"}),
    ("CreateSnapshots", {"InstanceSpecification": {"InstanceId": "i-0a", "ExcludeBootVolume": False}},
     new("CreateSnapshots", InstanceSpecification={"InstanceId": "i-0a", "ExcludeBootVolume": False})),
    ("CopySnapshot", {"SourceRegion": "us-west-2", "SourceSnapshotId": "snap-0a"},
     {"sourceRegion": "us-west-2", "sourceSnapshotId": "snap-0a"}),
    ("DeleteSnapshot", {"SnapshotId": "snap-0a"}, {"snapshotId": "snap-0a"}),
    ("ModifySnapshotAttribute", {"SnapshotId": "snap-0a", "CreateVolumePermission": {"Add": [{"UserId": A}]}},
     {"snapshotId": "snap-0a", "createVolumePermission": {"add": items(userId=[A])}, "attributeType": "CREATE_VOLUME_PERMISSION"}),
    ("CreateImage", {"InstanceId": "i-0a", "Name": "n", "NoReboot": True}, {"instanceId": "i-0a", "name": "n", "noReboot": True}),
    ("CopyImage", {"SourceRegion": "us-west-2", "SourceImageId": "ami-0a", "Name": "n"},
     {"sourceRegion": "us-west-2", "sourceImageId": "ami-0a", "name": "n"}),
    ("DeregisterImage", {"ImageId": "ami-0a"}, {"imageId": "ami-0a"}),
    ("ModifyImageAttribute", {"ImageId": "ami-0a", "LaunchPermission": {"Add": [{"UserId": A}]}},
     {"imageId": "ami-0a", "launchPermission": {"add": items(userId=[A])}, "attributeType": "launchPermission"}),
    ("CreateKeyPair", {"KeyName": "k"}, {"keyName": "k", "keyType": "rsa"}),
    ("ImportKeyPair", {"KeyName": "k", "PublicKeyMaterial": b"x"}, {"keyName": "k", "publicKeyMaterial": "eA=="}),
    ("DeleteKeyPair", {"KeyName": "k"}, {"keyName": "k"}),
    ("AllocateAddress", {"Domain": "vpc"}, {"domain": "vpc"}),
    ("AssociateAddress", {"AllocationId": "eipalloc-0a", "InstanceId": "i-0a"}, {"allocationId": "eipalloc-0a", "instanceId": "i-0a"}),
    ("ReleaseAddress", {"AllocationId": "eipalloc-0a"}, {"allocationId": "eipalloc-0a"}),
    ("CreateVpc", {"CidrBlock": "10.0.0.0/16"}, {"cidrBlock": "10.0.0.0/16", "instanceTenancy": "default"}),
    ("DeleteVpc", {"VpcId": "vpc-0a"}, {"vpcId": "vpc-0a"}),
    ("ModifyVpcAttribute", {"VpcId": "vpc-0a", "EnableDnsHostnames": {"Value": True}},
     {"vpcId": "vpc-0a", "enableDnsHostnames": {"value": True}}),
    ("CreateSubnet", {"VpcId": "vpc-0a", "CidrBlock": "10.0.1.0/24"}, {"vpcId": "vpc-0a", "cidrBlock": "10.0.1.0/24"}),
    ("AttachInternetGateway", {"InternetGatewayId": "igw-0a", "VpcId": "vpc-0a"}, {"internetGatewayId": "igw-0a", "vpcId": "vpc-0a"}),
    ("CreateRouteTable", {"VpcId": "vpc-0a"}, {"vpcId": "vpc-0a"}),
    ("CreateRoute", {"RouteTableId": "rtb-0a", "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-0a"},
     {"routeTableId": "rtb-0a", "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "igw-0a"}),
    ("AssociateRouteTable", {"RouteTableId": "rtb-0a", "SubnetId": "subnet-0a"}, {"routeTableId": "rtb-0a", "subnetId": "subnet-0a"}),
    ("CreateNatGateway", {"SubnetId": "subnet-0a", "AllocationId": "eipalloc-0a"},
     new("CreateNatGateway", SubnetId="subnet-0a", AllocationId="eipalloc-0a", ConnectivityType="public", ClientToken="x")),
    ("DeleteNatGateway", {"NatGatewayId": "nat-0a"}, new("DeleteNatGateway", NatGatewayId="nat-0a")),
    ("CreateVpcEndpoint", {"VpcId": "vpc-0a", "ServiceName": "com.amazonaws.us-east-1.s3", "RouteTableIds": ["rtb-0a", "rtb-0b"],
                           "SecurityGroupIds": ["sg-0a"], "SubnetIds": ["subnet-0a", "subnet-0b"]},
     new("CreateVpcEndpoint", VpcId="vpc-0a", ServiceName="com.amazonaws.us-east-1.s3", RouteTableId=tagged("rtb-0a", "rtb-0b"),
         SecurityGroupId=tagged("sg-0a"), SubnetId=tagged("subnet-0a", "subnet-0b"), VpcEndpointType="Interface")),
    ("DeleteVpcEndpoints", {"VpcEndpointIds": ["vpce-0a"]}, new("DeleteVpcEndpoints", VpcEndpointId=tagged("vpce-0a"))),
    ("CreateFlowLogs", {"ResourceIds": ["vpc-0a"], "ResourceType": "VPC", "TrafficType": "ALL", "LogGroupName": "g",
                        "DeliverLogsPermissionArn": ROLE},
     new("CreateFlowLogs", ResourceId=tagged("vpc-0a"), ResourceType="VPC", TrafficType="ALL", LogGroupName="g",
         DeliverLogsPermissionArn=ROLE)),
    ("CreateLaunchTemplate", {"LaunchTemplateName": "n", "LaunchTemplateData": DATA},
     new("CreateLaunchTemplate", LaunchTemplateName="n", LaunchTemplateData=LOGGED_DATA)),
    ("CreateLaunchTemplateVersion", {"LaunchTemplateId": "lt-0a", "LaunchTemplateData": DATA},
     new("CreateLaunchTemplateVersion", LaunchTemplateId="lt-0a", LaunchTemplateData=LOGGED_DATA)),
    ("DeleteLaunchTemplate", {"LaunchTemplateId": "lt-0a"}, new("DeleteLaunchTemplate", LaunchTemplateId="lt-0a")),
    ("CreateNetworkInterface", {"SubnetId": "subnet-0a", "Groups": ["sg-0a"]},
     {"subnetId": "subnet-0a", "groupSet": items(groupId=["sg-0a"]), "privateIpAddressesSet": {}, "ipv6AddressCount": 0}),
    ("AttachNetworkInterface", {"NetworkInterfaceId": "eni-0a", "InstanceId": "i-0a", "DeviceIndex": 1},
     {"networkInterfaceId": "eni-0a", "instanceId": "i-0a", "deviceIndex": 1}),
    ("ModifyNetworkInterfaceAttribute", {"NetworkInterfaceId": "eni-0a", "Groups": ["sg-0a", "sg-0b"]},
     {"networkInterfaceId": "eni-0a", "groupSet": items(groupId=["sg-0a", "sg-0b"])}),
    ("DeleteNetworkInterface", {"NetworkInterfaceId": "eni-0a"}, {"networkInterfaceId": "eni-0a"}),
    ("CreateNetworkAclEntry", {"NetworkAclId": "acl-0a", "RuleNumber": 100, "Protocol": "6", "RuleAction": "allow", "Egress": False},
     {"networkAclId": "acl-0a", "ruleNumber": 100, "aclProtocol": "6", "ruleAction": "allow", "egress": False, "icmpTypeCode": {}}),
    ("RequestSpotInstances", {"SpotPrice": "0.1", "InstanceCount": 1, "LaunchSpecification": {
        "ImageId": "ami-0a", "KeyName": "k", "SubnetId": "subnet-0a", "SecurityGroupIds": ["sg-0a"]}},
     {"spotPrice": "0.1", "instanceCount": 1, "launchSpecification": {
         "imageId": "ami-0a", "keyName": "k", "subnetId": "subnet-0a", "groupSet": items(groupId=["sg-0a"])}}),
    ("CreateTags", {"Resources": ["i-0a", "vpc-0a"], "Tags": [{"Key": "k", "Value": "v"}]},
     {"resourcesSet": items(resourceId=["i-0a", "vpc-0a"]), "tagSet": {"items": [{"key": "k", "value": "v"}]}}),
    ("DeleteTags", {"Resources": ["subnet-0a"], "Tags": [{"Key": "k"}]},
     {"resourcesSet": items(resourceId=["subnet-0a"]), "tagSet": {"items": [{"key": "k"}]}}),
    ("CreateVpcPeeringConnection", {"VpcId": "vpc-0a", "PeerVpcId": "vpc-0b"}, {"vpcId": "vpc-0a", "peerVpcId": "vpc-0b"}),
    ("AcceptVpcPeeringConnection", {"VpcPeeringConnectionId": "pcx-0a"}, {"vpcPeeringConnectionId": "pcx-0a"}),
    ("AssociateDhcpOptions", {"DhcpOptionsId": "dopt-0a", "VpcId": "vpc-0a"}, {"dhcpOptionsId": "dopt-0a", "vpcId": "vpc-0a"}),
    ("CreateTransitGatewayVpcAttachment", {"TransitGatewayId": "tgw-0a", "VpcId": "vpc-0a", "SubnetIds": ["subnet-0a"]},
     new("CreateTransitGatewayVpcAttachment", TransitGatewayId="tgw-0a", VpcId="vpc-0a", SubnetIds=tagged("subnet-0a"))),
    ("CreateFleet", {"LaunchTemplateConfigs": [{"LaunchTemplateSpecification": {"LaunchTemplateId": "lt-0a", "Version": "1"}}],
                     "TargetCapacitySpecification": {"TotalTargetCapacity": 1}},
     new("CreateFleet", LaunchTemplateConfigs={"tag": 1, "LaunchTemplateSpecification": {"LaunchTemplateId": "lt-0a", "Version": "1"}},
         TargetCapacitySpecification={"TotalTargetCapacity": 1})),
    ("DescribeInstances", {"InstanceIds": ["i-0a"]}, {"instancesSet": items(instanceId=["i-0a"]), "filterSet": {}}),
    ("DescribeSecurityGroups", {"GroupIds": ["sg-0a"]},
     {"securityGroupSet": {}, "securityGroupIdSet": items(groupId=["sg-0a"]), "filterSet": {}}),
    ("DescribeImages", {"Owners": ["self"]}, {"executableBySet": {}, "imagesSet": {}, "ownersSet": items(owner=["self"]), "filterSet": {}}),
]


def request(client, number, operation, params):
    r = aws_requests.to_request(aws_requests.capture(client, operation, params), "ec2", client, operation, str(number), "ec2", params)
    return r.line()


def event(number, operation, params):
    return json.dumps({
        "eventVersion": "1.10", "eventSource": "ec2.amazonaws.com", "eventName": operation, "awsRegion": aws_requests.REGION,
        "eventType": "AwsApiCall", "eventCategory": "Management", "requestParameters": params,
        "userIdentity": {"type": "AssumedRole", "sessionContext": {"sessionIssuer": {"arn": f"arn:aws:iam::{A}:role/n{number}"}}}})


def main():
    leastpriv = sys.argv[1]
    client = aws_requests.client_for("ec2")
    asked = [permissions(line) for line in run([leastpriv, "classify"], [request(client, i, op, p) for i, (op, p, _) in enumerate(CALLS)])]
    logged = [set() for _ in CALLS]
    for line in run([leastpriv, "cloudtrail", "--calls", "-", "-o", "/dev/null", "-"],
                    [event(i, op, rec) for i, (op, _, rec) in enumerate(CALLS)]):
        if line.get("actions"):
            logged[int(line["identity"].rsplit("/n", 1)[1])] |= permissions(line)
    failed = 0
    for n, ((op, _, _), a, b) in enumerate(zip(CALLS, asked, logged), 1):
        good = a and a == b
        failed += not good
        print("ok" if good else "not ok", n, "-", op)
        if not good:
            print(f"# lost {sorted(a - b)}, more {sorted(b - a)}")
    print(f"1..{len(CALLS)}")
    sys.exit(failed != 0)


main()
