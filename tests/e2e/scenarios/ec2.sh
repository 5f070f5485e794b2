# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034
ways="tls http proxy"
calls=2

setup() {
    vpc=$(aws ec2 create-vpc --cidr-block 10.0.0.0/16 --query Vpc.VpcId --output text)
    subnet=$(aws ec2 create-subnet --vpc-id "$vpc" --cidr-block 10.0.1.0/24 --query Subnet.SubnetId --output text)
    group=$(aws ec2 create-security-group --group-name g --description g --vpc-id "$vpc" --query GroupId --output text)
    image=$(aws ec2 describe-images --owners amazon --query 'Images[0].ImageId' --output text)
    aws ec2 create-key-pair --key-name lp-key >/dev/null
    printf 'LP_SUBNET=%s\nLP_GROUP=%s\nLP_IMAGE=%s\n' "$subnet" "$group" "$image" >.names
}

client() {
    aws ec2 run-instances --image-id "$LP_IMAGE" --instance-type t3.nano --subnet-id "$LP_SUBNET" \
        --security-group-ids "$LP_GROUP" --key-name lp-key \
        --tag-specifications 'ResourceType=instance,Tags=[{Key=team,Value=lp}]'
    aws ec2 describe-instances
}
