/* SPDX-License-Identifier: MIT */
/*
 * What AWS asks of the caller behind a call that names a key, an object in S3 or an endpoint which
 * the service then uses.
 */
#include "authorize_case.h"

#define OF_ECR	    " | StringEquals kms:ViaService=ecr.us-east-1.amazonaws.com"
#define OF_EC2	    " | StringEquals kms:ViaService=ec2.us-east-1.amazonaws.com"
#define ALIAS(name) " | ForAnyValue:StringEquals kms:ResourceAliases=alias/" name
#define KEYS	    "arn:aws:kms:us-east-1:*:key/*"
#define OTHERS	    "arn:aws:kms:us-east-1:111122223333:key/*"
#define BY_ID	    "arn:aws:kms:us-east-1:*:key/1234abcd-12ab-34cd-56ef-1234567890ab"
#define REPOSITORY_WITH(key, needs)                                                                \
	JSON("ecr", "AmazonEC2ContainerRegistry_V20150921.CreateRepository",                       \
	     "{\"repositoryName\":\"r\",\"encryptionConfiguration\":{\"encryptionType\":\"KMS\","  \
	     "\"kmsKey\":\"" key "\"}}",                                                           \
	     "ecr:CreateRepository arn:aws:ecr:us-east-1:*:repository/r\n" needs)
#define OTHER_AND_ALIAS(action)                                                                    \
	"~" action " arn:aws:kms:us-east-1:111122223333:key/1" OF_EC2 "\n~" action                 \
	" " KEYS OF_EC2 ALIAS("a")
#define EBS(action) "~" action " " BY_ID OF_EC2 "\n~" action " " KEYS OF_EC2 ALIAS("a") ALIAS("b")

static const struct wanted cases[] = {
	/* --- keys: with kms:ViaService where KMS lists the service --- */
	JSON("ecr", "AmazonEC2ContainerRegistry_V20150921.CreateRepository",
	     "{\"repositoryName\":\"r\",\"encryptionConfiguration\":{\"encryptionType\":\"KMS\","
	     "\"kmsKey\":\"" KEY "\"}}",
	     "ecr:CreateRepository arn:aws:ecr:us-east-1:*:repository/r\n"
	     "~kms:CreateGrant " KEY " | StringEquals kms:ViaService=ecr.us-east-1.amazonaws.com\n"
	     "~kms:DescribeKey " KEY " | StringEquals kms:ViaService=ecr.us-east-1.amazonaws.com\n"
	     "~kms:RetireGrant " KEY " | StringEquals kms:ViaService=ecr.us-east-1.amazonaws.com"),
	/* --- by alias: those that the key has; AWS's own aliases need nothing --- */
	REPOSITORY_WITH("alias/a",
			"~kms:CreateGrant " KEYS OF_ECR ALIAS("a") "\n~kms:DescribeKey " KEYS OF_ECR
				ALIAS("a") "\n~kms:RetireGrant " KEYS OF_ECR ALIAS("a")),
	REPOSITORY_WITH("arn:aws:kms:us-east-1:111122223333:alias/a",
			"~kms:CreateGrant " OTHERS OF_ECR ALIAS("a") "\n~kms:DescribeKey " OTHERS
				OF_ECR ALIAS("a") "\n~kms:RetireGrant " OTHERS OF_ECR ALIAS("a")),
	JSON("ecr", "AmazonEC2ContainerRegistry_V20150921.CreateRepository",
	     "{\"repositoryName\":\"r\",\"encryptionConfiguration\":{\"encryptionType\":\"KMS\","
	     "\"kmsKey\":\"alias/aws/ecr\"}}",
	     "ecr:CreateRepository arn:aws:ecr:us-east-1:*:repository/r"),
	/* --- by id, of one region or of several; what is no id is none --- */
	REPOSITORY_WITH("1234abcd-12ab-34cd-56ef-1234567890ab",
			"~kms:CreateGrant " BY_ID OF_ECR "\n~kms:DescribeKey " BY_ID OF_ECR
			"\n~kms:RetireGrant " BY_ID OF_ECR),
	JSON("ssm", "AmazonSSM.PutParameter",
	     "{\"Name\":\"/p\",\"Value\":\"v\",\"Type\":\"SecureString\",\"KeyId\":\"mrk-"
	     "1234abcd12ab34cd56ef1234567890ab\"}",
	     "ssm:PutParameter arn:aws:ssm:us-east-1:*:parameter/p\n~kms:Encrypt "
	     "arn:aws:kms:us-east-1:*:key/mrk-1234abcd12ab34cd56ef1234567890ab | StringEquals "
	     "kms:ViaService=ssm.us-east-1.amazonaws.com"),
	JSON("ssm", "AmazonSSM.PutParameter",
	     "{\"Name\":\"/p\",\"Value\":\"v\",\"Type\":\"SecureString\",\"KeyId\":\"k\"}",
	     "ssm:PutParameter arn:aws:ssm:us-east-1:*:parameter/p"),
	/* --- several in one request --- */
	FORM("ec2",
	     "Action=RunInstances&Version=2016-11-15&MinCount=1&MaxCount=1&ImageId=ami-1&"
	     "BlockDeviceMapping.1.Ebs.KmsKeyId=alias/b&BlockDeviceMapping.2.Ebs.KmsKeyId=alias/"
	     "a&BlockDeviceMapping.3.Ebs.KmsKeyId=alias/aws/"
	     "ebs&BlockDeviceMapping.4.Ebs.KmsKeyId=alias/b&BlockDeviceMapping.5.Ebs.KmsKeyId="
	     "1234abcd-12ab-34cd-56ef-1234567890ab",
	     "ec2:RunInstances " EC2 "instance/*," EC2 "network-interface/*," EC2
	     "security-group/*," EC2 "subnet/*," EC2
	     "volume/*,arn:aws:ec2:us-east-1::image/ami-1\n" EBS("kms:CreateGrant") "\n" EBS(
		     "kms:GenerateDataKeyWithoutPlaintext") "\n" EBS("kms:Decrypt") "\n" EBS("kms:"
											     "Descr"
											     "ibeKe"
											     "y")),
	JSON("secretsmanager", "secretsmanager.ReplicateSecretToRegions",
	     "{\"SecretId\":\"s\",\"AddReplicaRegions\":[{\"Region\":\"eu-west-1\",\"KmsKeyId\":"
	     "\"1234abcd-12ab-34cd-56ef-1234567890ab\"},{\"Region\":\"eu-west-3\"}]}",
	     "secretsmanager:ReplicateSecretToRegions "
	     "arn:aws:secretsmanager:us-east-1:*:secret:s-??????\n"
	     "~kms:Encrypt arn:aws:kms:eu-west-1:*:key/1234abcd-12ab-34cd-56ef-1234567890ab\n"
	     "~kms:GenerateDataKey "
	     "arn:aws:kms:eu-west-1:*:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
	JSON("secretsmanager", "secretsmanager.ReplicateSecretToRegions",
	     "{\"SecretId\":\"s\",\"AddReplicaRegions\":[{\"Region\":\"eu-west-1\",\"KmsKeyId\":"
	     "\"alias/a\"},{\"Region\":\"eu-west-3\",\"KmsKeyId\":\"alias/aws/secretsmanager\"}]}",
	     "secretsmanager:ReplicateSecretToRegions "
	     "arn:aws:secretsmanager:us-east-1:*:secret:s-??????\n"
	     "~kms:Encrypt arn:aws:kms:eu-west-1:*:key/*" ALIAS(
		     "a") "\n"
			  "~kms:GenerateDataKey arn:aws:kms:eu-west-1:*:key/*" ALIAS("a")),
	/* --- an alias is one of its own account and region, whatever else the request names --- */
	FORM("ec2",
	     "Action=RunInstances&Version=2016-11-15&MinCount=1&MaxCount=1&ImageId=ami-1&"
	     "BlockDeviceMapping.1.Ebs.KmsKeyId=arn:aws:kms:us-east-1:111122223333:key/1&"
	     "BlockDeviceMapping.2.Ebs.KmsKeyId=arn:aws:kms:us-east-1:111122223333:alias/aws/ebs&"
	     "BlockDeviceMapping.3.Ebs.KmsKeyId=alias/a",
	     "ec2:RunInstances " EC2 "instance/*," EC2 "network-interface/*," EC2
	     "security-group/*," EC2 "subnet/*," EC2
	     "volume/*,arn:aws:ec2:us-east-1::image/ami-1\n" OTHER_AND_ALIAS("kms:CreateGrant") "\n" OTHER_AND_ALIAS(
		     "kms:"
		     "GenerateDataKeyWithoutPlaintext") "\n" OTHER_AND_ALIAS("kms:Decrypt") "\n" OTHER_AND_ALIAS("kms:DescribeKey")),
	/* --- what the answer says is exact --- */
	{"an alias, and an answer that names the key", "s3", "PUT", "b.s3.us-east-1.amazonaws.com",
	 "/k",
	 "x-amz-server-side-encryption: aws:kms\nx-amz-server-side-encryption-aws-kms-key-id: "
	 "alias/a\n",
	 NULL,
	 "x-amz-server-side-encryption: aws:kms\nx-amz-server-side-encryption-aws-kms-key-id: " KEY
	 "\n",
	 "s3:PutObject " OBJ "\n~kms:GenerateDataKey " KEY
	 " | StringEquals kms:ViaService=s3.us-east-1.amazonaws.com"},
	{"an alias, and an answer that names none", "s3", "PUT", "b.s3.us-east-1.amazonaws.com",
	 "/k", "x-amz-server-side-encryption-aws-kms-key-id: alias/a\n", NULL,
	 "x-amz-server-side-encryption-aws-kms-key-id: alias/a\n",
	 "s3:PutObject " OBJ "\n~kms:GenerateDataKey " KEYS
	 " | StringEquals kms:ViaService=s3.us-east-1.amazonaws.com" ALIAS("a")},
	/* --- advanced parameters have a data key --- */
	JSON("ssm", "AmazonSSM.PutParameter",
	     "{\"Name\":\"/"
	     "p\",\"Value\":\"v\",\"Type\":\"SecureString\",\"Tier\":\"Advanced\",\"KeyId\":\"" KEY
	     "\"}",
	     "ssm:PutParameter arn:aws:ssm:us-east-1:*:parameter/p\n"
	     "~kms:GenerateDataKey " KEY
	     " | StringEquals kms:ViaService=ssm.us-east-1.amazonaws.com"),
	JSON("ssm", "AmazonSSM.PutParameter",
	     "{\"Name\":\"/"
	     "p\",\"Value\":\"v\",\"Type\":\"SecureString\",\"Tier\":\"Intelligent-Tiering\","
	     "\"KeyId\":\"" KEY "\"}",
	     "ssm:PutParameter arn:aws:ssm:us-east-1:*:parameter/p\n"
	     "~kms:Encrypt " KEY
	     " | StringEquals kms:ViaService=ssm.us-east-1.amazonaws.com\n?kms:GenerateDataKey " KEY
	     " | StringEquals kms:ViaService=ssm.us-east-1.amazonaws.com"),
	REST("bedrock", "POST", "/agents/s",
	     "{\"foundationModel\":\"m:0\",\"instruction\":\"i\",\"customerEncryptionKeyArn\":"
	     "\"" KEY "\",\"guardrailConfiguration\":{\"guardrailIdentifier\":\"g\","
	     "\"guardrailVersion\":\"1\"}}",
	     "bedrock:InvokeInlineAgent *\n"
	     "bedrock:InvokeModel arn:aws:bedrock:us-east-1::foundation-model/m:0\n"
	     "?kms:GenerateDataKey " KEY "\n?kms:Decrypt " KEY
	     "\n?bedrock:ApplyGuardrail arn:aws:bedrock:us-east-1:*:guardrail/g"),
	REST("lambda", "PUT", "/2015-03-31/functions/f/configuration",
	     "{\"KMSKeyArn\":\"" KEY "\"}",
	     "lambda:UpdateFunctionConfiguration arn:aws:lambda:us-east-1:*:function:f\n"
	     "~kms:CreateGrant " KEY
	     " | StringEquals kms:ViaService=lambda.us-east-1.amazonaws.com\n"
	     "?kms:Encrypt " KEY " | StringEquals kms:ViaService=lambda.us-east-1.amazonaws.com"),
	JSON("logs", "Logs_20140328.CreateLogGroup",
	     "{\"logGroupName\":\"g\",\"kmsKeyId\":\"" KEY "\"}",
	     "logs:CreateLogGroup arn:aws:logs:us-east-1:*:log-group:g:*\n?kms:DescribeKey " KEY
	     " | StringEquals kms:ViaService=logs.us-east-1.amazonaws.com"),
	JSON("transcribe", "Transcribe.StartTranscriptionJob",
	     "{\"TranscriptionJobName\":\"j\",\"OutputBucketName\":\"b\",\"OutputKey\":\"o.json\","
	     "\"OutputEncryptionKMSKeyId\":\"" KEY "\",\"Media\":{\"MediaFileUri\":\"s3://b/k\"}}",
	     "transcribe:StartTranscriptionJob *\n~s3:GetObject " OBJ
	     "\n~s3:PutObject arn:aws:s3:::b/*.write_access_check_file.temp,arn:aws:s3:::b/o.json\n"
	     "~kms:GenerateDataKey " KEY),
	REST("es", "POST", "/2021-01-01/opensearch/domain",
	     "{\"DomainName\":\"d\",\"EncryptionAtRestOptions\":{\"Enabled\":true,\"KmsKeyId\":"
	     "\"" KEY "\"}}",
	     "es:CreateDomain arn:aws:es:us-east-1:*:domain/d\n"
	     "~kms:CreateGrant " KEY " | StringEquals kms:ViaService=es.us-east-1.amazonaws.com\n"
	     "~kms:DescribeKey " KEY " | StringEquals kms:ViaService=es.us-east-1.amazonaws.com"),
	JSON("states", "AWSStepFunctions.CreateStateMachine",
	     "{\"name\":\"m\",\"definition\":\"{}\",\"roleArn\":\"" ROLE
	     "\",\"encryptionConfiguration\":{\"type\":\"CUSTOMER_MANAGED_KMS_KEY\",\"kmsKeyId\":"
	     "\"" KEY "\"}}",
	     "states:CreateStateMachine arn:aws:states:us-east-1:*:stateMachine:m\n"
	     "iam:PassRole " ROLE " | StringEquals iam:PassedToService=states.amazonaws.com\n"
	     "~kms:DescribeKey " KEY "\n"
	     "~kms:GenerateDataKey " KEY),
	JSON("events", "AWSEvents.CreateArchive",
	     "{\"ArchiveName\":\"a\",\"EventSourceArn\":\"arn:aws:events:us-east-1:123456789012:"
	     "event-bus/b\",\"KmsKeyIdentifier\":\"arn:aws:kms:us-east-1:123456789012:key/1\"}",
	     "events:CreateArchive "
	     "arn:aws:events:us-east-1:*:archive/a,arn:aws:events:us-east-1:123456789012:event-bus/"
	     "b,arn:aws:kms:us-east-1:123456789012:key/1\n"
	     "~kms:Decrypt arn:aws:kms:us-east-1:123456789012:key/1 | StringEquals "
	     "kms:ViaService=events.us-east-1.amazonaws.com\n"
	     "~kms:DescribeKey arn:aws:kms:us-east-1:123456789012:key/1 | StringEquals "
	     "kms:ViaService=events.us-east-1.amazonaws.com\n"
	     "~kms:GenerateDataKey arn:aws:kms:us-east-1:123456789012:key/1 | StringEquals "
	     "kms:ViaService=events.us-east-1.amazonaws.com"),
	REST("bedrock", "POST", "/guardrails",
	     "{\"name\":\"g\",\"blockedInputMessaging\":\"x\",\"blockedOutputsMessaging\":\"x\","
	     "\"kmsKeyId\":\"" KEY "\"}",
	     "bedrock:CreateGuardrail *\n"
	     "~kms:CreateGrant " KEY "\n"
	     "~kms:Decrypt " KEY "\n"
	     "~kms:DescribeKey " KEY "\n"
	     "~kms:GenerateDataKey " KEY),
	REST("airflow", "PUT", "/environments/e",
	     "{\"DagS3Path\":\"dags\",\"ExecutionRoleArn\":\"" ROLE "\",\"KmsKey\":\"" KEY
	     "\",\"SourceBucketArn\":\"arn:aws:s3:::b\",\"NetworkConfiguration\":{}}",
	     "airflow:CreateEnvironment arn:aws:airflow:us-east-1:*:environment/e\n"
	     "iam:PassRole " ROLE " | StringEquals iam:PassedToService=airflow.amazonaws.com\n"
	     "~kms:CreateGrant " KEY "\n"
	     "~kms:DescribeKey " KEY),
	JSON("secretsmanager", "secretsmanager.ReplicateSecretToRegions",
	     "{\"SecretId\":\"s\",\"AddReplicaRegions\":[{\"Region\":\"eu-west-1\",\"KmsKeyId\":"
	     "\"arn:aws:kms:eu-west-1:111122223333:key/1\"},{\"Region\":\"eu-west-3\"}]}",
	     "secretsmanager:ReplicateSecretToRegions "
	     "arn:aws:secretsmanager:us-east-1:*:secret:s-??????\n"
	     "~kms:Encrypt arn:aws:kms:eu-west-1:111122223333:key/1\n"
	     "~kms:GenerateDataKey arn:aws:kms:eu-west-1:111122223333:key/1"),
	JSON("dynamodb", "DynamoDB_20120810.ExportTableToPointInTime",
	     "{\"TableArn\":\"arn:aws:dynamodb:us-east-1:123456789012:table/"
	     "t\",\"S3Bucket\":\"b\",\"S3Prefix\":\"p/"
	     "\",\"S3SseAlgorithm\":\"KMS\",\"S3SseKmsKeyId\":\"" KEY "\"}",
	     "dynamodb:ExportTableToPointInTime arn:aws:dynamodb:us-east-1:123456789012:table/t\n"
	     "~s3:PutObject arn:aws:s3:::b/p/*\n"
	     "~s3:AbortMultipartUpload arn:aws:s3:::b/p/*\n"
	     "~s3:PutObjectAcl arn:aws:s3:::b/p/*\n"
	     "~kms:Decrypt " KEY "\n"
	     "~kms:GenerateDataKey " KEY),
	REST("ebs", "POST", "/snapshots",
	     "{\"VolumeSize\":1,\"KmsKeyArn\":\"" KEY
	     "\",\"Tags\":[{\"Key\":\"a\",\"Value\":\"b\"}]}",
	     "ebs:StartSnapshot arn:aws:ec2:us-east-1::snapshot/*\n"
	     "ec2:CreateTags arn:aws:ec2:us-east-1::snapshot/*\n"
	     "~kms:CreateGrant " KEY "\n"
	     "~kms:Decrypt " KEY "\n"
	     "~kms:DescribeKey " KEY "\n"
	     "~kms:GenerateDataKeyWithoutPlaintext " KEY "\n"
	     "~kms:ReEncryptFrom " KEY "\n"
	     "~kms:ReEncryptTo " KEY),
	REST("route53", "POST", "/2013-04-01/keysigningkey",
	     "<CreateKeySigningKeyRequest "
	     "xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><HostedZoneId>Z1</"
	     "HostedZoneId><KeyManagementServiceArn>" KEY
	     "</KeyManagementServiceArn></CreateKeySigningKeyRequest>",
	     "route53:CreateKeySigningKey arn:aws:route53:::hostedzone/Z1\n"
	     "~kms:CreateGrant " KEY "\n"
	     "~kms:DescribeKey " KEY "\n"
	     "~kms:GetPublicKey " KEY "\n"
	     "~kms:Sign " KEY),
	FORM("rds",
	     "Action=ModifyDBInstance&Version=2014-10-31&DBInstanceIdentifier=i&"
	     "ManageMasterUserPassword=true&MasterUserSecretKmsKeyId=" KEY,
	     "rds:ModifyDBInstance arn:aws:rds:us-east-1:*:db:i\n"
	     "~secretsmanager:CreateSecret arn:aws:secretsmanager:us-east-1:*:secret:rds!*\n"
	     "~secretsmanager:TagResource arn:aws:secretsmanager:us-east-1:*:secret:rds!*\n"
	     "~kms:CreateGrant " KEY "\n"
	     "~kms:DescribeKey " KEY),
	/* --- objects that a service reads --- */
	FORM("elasticbeanstalk",
	     "Action=CreateApplicationVersion&Version=2010-12-01&ApplicationName=a&VersionLabel=v&"
	     "SourceBundle.S3Bucket=b&SourceBundle.S3Key=k",
	     "elasticbeanstalk:CreateApplicationVersion "
	     "arn:aws:elasticbeanstalk:us-east-1:*:application/"
	     "a,arn:aws:elasticbeanstalk:us-east-1:*:applicationversion/a/v\n"
	     "~s3:GetObject arn:aws:s3:::b/k"),
	FORM("elasticloadbalancing",
	     "Action=CreateTrustStore&Version=2015-12-01&Name=t&CaCertificatesBundleS3Bucket=b&"
	     "CaCertificatesBundleS3Key=k",
	     "elasticloadbalancing:CreateTrustStore "
	     "arn:aws:elasticloadbalancing:us-east-1:*:truststore/t/*\n"
	     "~s3:GetObject arn:aws:s3:::b/k"),
	FORM("elasticloadbalancing",
	     "Action=AddTrustStoreRevocations&Version=2015-12-01&TrustStoreArn=arn:aws:"
	     "elasticloadbalancing:us-east-1:123456789012:truststore/t/"
	     "1&RevocationContents.member.1.S3Bucket=b&RevocationContents.member.1.S3Key=k",
	     "elasticloadbalancing:AddTrustStoreRevocations "
	     "arn:aws:elasticloadbalancing:us-east-1:123456789012:truststore/t/1\n"
	     "~s3:GetObject arn:aws:s3:::b/k"),
	JSON("config", "StarlingDoveService.PutConformancePack",
	     "{\"ConformancePackName\":\"p\",\"TemplateS3Uri\":\"s3://b/t.yaml\"}",
	     "config:PutConformancePack arn:aws:config:us-east-1:*:conformance-pack/p/*\n"
	     "~s3:GetObject arn:aws:s3:::b/t.yaml"),
	JSON("sagemaker", "SageMaker.CreatePipeline",
	     "{\"PipelineName\":\"p\",\"RoleArn\":\"" ROLE
	     "\",\"PipelineDefinitionS3Location\":{\"Bucket\":\"b\",\"ObjectKey\":\"k\"}}",
	     "sagemaker:CreatePipeline arn:aws:sagemaker:us-east-1:*:pipeline/p\n"
	     "~s3:GetObject arn:aws:s3:::b/k\n"
	     "iam:PassRole " ROLE " | StringEquals iam:PassedToService=sagemaker.amazonaws.com"),
	JSON("ssm", "AmazonSSM.CreateDocument",
	     "{\"Name\":\"d\",\"Content\":\"{}\",\"Attachments\":[{\"Key\":\"SourceUrl\","
	     "\"Values\":[\"s3://b/p\"]}]}",
	     "ssm:CreateDocument arn:aws:ssm:us-east-1:*:document/d\n"
	     "~s3:GetObject arn:aws:s3:::b/p*"),
	REST("greengrass", "POST", "/greengrass/v2/createComponentVersion",
	     "{\"lambdaFunction\":{\"lambdaArn\":\"arn:aws:lambda:us-east-1:123456789012:function:"
	     "f:1\"}}",
	     "greengrass:CreateComponentVersion arn:aws:greengrass:us-east-1:*:components:*\n"
	     "~lambda:GetFunction arn:aws:lambda:us-east-1:123456789012:function:f:1"),
	/* --- endpoints and models of Bedrock --- */
	{"model "
	 "arn:aws:sagemaker:us-east-1:123456789012:endpoint/e",
	 "bedrock", "POST", "bedrock-runtime.us-east-1.amazonaws.com",
	 "/model/arn:aws:sagemaker:us-east-1:123456789012:endpoint%2Fe/invoke", NULL, "{}", NULL,
	 "bedrock:InvokeModel arn:aws:bedrock:us-east-1:*:marketplace/model-endpoint/all-access\n"
	 "sagemaker:InvokeEndpoint arn:aws:sagemaker:us-east-1:123456789012:endpoint/e | "
	 "StringEquals aws:CalledViaLast=bedrock.amazonaws.com"},
	REST("bedrock", "POST", "/inference-profiles",
	     "{\"inferenceProfileName\":\"p\",\"modelSource\":{\"copyFrom\":\"arn:aws:bedrock:us-"
	     "east-1::foundation-model/m\"}}",
	     "bedrock:CreateInferenceProfile "
	     "arn:aws:bedrock:us-east-1:*:application-inference-profile/"
	     "*,arn:aws:bedrock:us-east-1::foundation-model/m"),
	REST("bedrock", "POST", "/inference-profiles",
	     "{\"inferenceProfileName\":\"p\",\"modelSource\":{\"copyFrom\":\"arn:aws:bedrock:us-"
	     "east-1:123456789012:inference-profile/us.m\"}}",
	     "bedrock:CreateInferenceProfile "
	     "arn:aws:bedrock:us-east-1:*:application-inference-profile/"
	     "*,arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.m"),
	REST("bedrock", "POST", "/model-customization-jobs",
	     "{\"jobName\":\"j\",\"customModelName\":\"m\",\"roleArn\":\"" ROLE
	     "\",\"baseModelIdentifier\":\"amazon.titan-text-lite-v1\"}",
	     "bedrock:CreateModelCustomizationJob "
	     "arn:aws:bedrock:us-east-1:*:custom-model/"
	     "*,arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-text-lite-v1\n"
	     "iam:PassRole " ROLE " | StringEquals iam:PassedToService=bedrock.amazonaws.com"),
	/* --- versions of a group, controls of an organization --- */
	JSON("sagemaker", "SageMaker.CreateModelPackage", "{\"ModelPackageGroupName\":\"g\"}",
	     "sagemaker:CreateModelPackage arn:aws:sagemaker:us-east-1:*:model-package/g/*"),
	JSON("sagemaker", "SageMaker.CreateModelPackage", "{\"ModelPackageName\":\"m\"}",
	     "sagemaker:CreateModelPackage arn:aws:sagemaker:us-east-1:*:model-package/m"),
	REST("controltower", "POST", "/enable-control",
	     "{\"controlIdentifier\":\"arn:aws:controltower:us-east-1::control/"
	     "AWS-GR_X\",\"targetIdentifier\":\"arn:aws:organizations::123456789012:ou/o-abcd/"
	     "ou-abcd-12345678\"}",
	     "controltower:EnableControl *\n"
	     "~organizations:CreatePolicy arn:aws:organizations::*:policy/o-*/*/p-*\n"
	     "~organizations:UpdatePolicy arn:aws:organizations::*:policy/o-*/*/p-*\n"
	     "~organizations:AttachPolicy "
	     "arn:aws:organizations::*:policy/o-*/*/p-*,arn:aws:organizations::123456789012:ou/"
	     "o-abcd/ou-abcd-12345678\n"
	     "~organizations:DetachPolicy "
	     "arn:aws:organizations::*:policy/o-*/*/p-*,arn:aws:organizations::123456789012:ou/"
	     "o-abcd/ou-abcd-12345678\n"
	     "~organizations:DescribePolicy arn:aws:organizations::*:policy/o-*/*/p-*\n"
	     "~organizations:ListTargetsForPolicy arn:aws:organizations::*:policy/o-*/*/p-*\n"
	     "~organizations:ListPoliciesForTarget "
	     "arn:aws:organizations::123456789012:ou/o-abcd/ou-abcd-12345678"),
	/* --- keys that old things are encrypted with anew --- */
	JSON("secretsmanager", "secretsmanager.UpdateSecret",
	     "{\"SecretId\":\"s\",\"KmsKeyId\":\"" KEY "\"}",
	     "secretsmanager:UpdateSecret arn:aws:secretsmanager:us-east-1:*:secret:s-??????\n"
	     "~kms:GenerateDataKey " KEY
	     " | StringEquals kms:ViaService=secretsmanager.us-east-1.amazonaws.com\n"
	     "~kms:Decrypt " KEY
	     " | StringEquals kms:ViaService=secretsmanager.us-east-1.amazonaws.com\n"
	     "~kms:Encrypt " KEY
	     " | StringEquals kms:ViaService=secretsmanager.us-east-1.amazonaws.com"),
	{"session with a key", "s3express", "GET",
	 "b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com", "/?session",
	 "x-amz-server-side-encryption-aws-kms-key-id: " KEY "\n", NULL, NULL,
	 "s3express:CreateSession arn:aws:s3express:us-east-1:*:bucket/b--use1-az4--x-s3\n"
	 "~kms:GenerateDataKey " KEY "\n~kms:Decrypt " KEY},
	{"session with the bucket's key", "s3express", "GET",
	 "b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com", "/?session", "", NULL,
	 "x-amz-server-side-encryption-aws-kms-key-id: " KEY "\n",
	 "s3express:CreateSession arn:aws:s3express:us-east-1:*:bucket/b--use1-az4--x-s3\n"
	 "~kms:GenerateDataKey " KEY "\n~kms:Decrypt " KEY},
	/* --- keys of tables of metadata, models and features --- */
	JSON("rekognition", "RekognitionService.CopyProjectVersion",
	     "{\"SourceProjectArn\":\"arn:aws:rekognition:us-east-1:123456789012:project/p/"
	     "1\",\"SourceProjectVersionArn\":\"arn:aws:rekognition:us-east-1:123456789012:project/"
	     "p/version/v/"
	     "1\",\"DestinationProjectArn\":\"arn:aws:rekognition:us-east-1:123456789012:project/q/"
	     "1\",\"VersionName\":\"v\",\"OutputConfig\":{\"S3Bucket\":\"bkt\"},\"KmsKeyId\":\"" KEY
	     "\"}",
	     "rekognition:CopyProjectVersion "
	     "arn:aws:rekognition:us-east-1:*:project/*/version/v/"
	     "*,arn:aws:rekognition:us-east-1:123456789012:project/p/"
	     "1,arn:aws:rekognition:us-east-1:123456789012:project/p/version/v/"
	     "1,arn:aws:rekognition:us-east-1:123456789012:project/q/1\n"
	     "~kms:CreateGrant " KEY "\n"
	     "~kms:Decrypt " KEY "\n"
	     "~kms:DescribeKey " KEY "\n"
	     "~kms:GenerateDataKey " KEY),
	JSON("sagemaker", "SageMaker.CreateFeatureGroup",
	     "{\"FeatureGroupName\":\"fg\",\"RecordIdentifierFeatureName\":\"r\","
	     "\"EventTimeFeatureName\":\"e\",\"FeatureDefinitions\":[{\"FeatureName\":\"f\","
	     "\"FeatureType\":\"String\"}],\"OnlineStoreConfig\":{\"SecurityConfig\":{\"KmsKeyId\":"
	     "\"" KEY "\"}}}",
	     "sagemaker:CreateFeatureGroup arn:aws:sagemaker:us-east-1:*:feature-group/fg\n"
	     "~kms:CreateGrant " KEY
	     " | StringEquals kms:ViaService=sagemaker.us-east-1.amazonaws.com\n"
	     "~kms:Decrypt " KEY
	     " | StringEquals kms:ViaService=sagemaker.us-east-1.amazonaws.com\n"
	     "~kms:DescribeKey " KEY
	     " | StringEquals kms:ViaService=sagemaker.us-east-1.amazonaws.com\n"
	     "~kms:Encrypt " KEY
	     " | StringEquals kms:ViaService=sagemaker.us-east-1.amazonaws.com\n"
	     "~kms:GenerateDataKey " KEY
	     " | StringEquals kms:ViaService=sagemaker.us-east-1.amazonaws.com\n"
	     "~kms:ListGrants " KEY
	     " | StringEquals kms:ViaService=sagemaker.us-east-1.amazonaws.com\n"
	     "~kms:ReEncryptFrom " KEY
	     " | StringEquals kms:ViaService=sagemaker.us-east-1.amazonaws.com\n"
	     "~kms:ReEncryptTo " KEY
	     " | StringEquals kms:ViaService=sagemaker.us-east-1.amazonaws.com\n"
	     "~kms:RetireGrant " KEY
	     " | StringEquals kms:ViaService=sagemaker.us-east-1.amazonaws.com\n"
	     "~kms:RevokeGrant " KEY
	     " | StringEquals kms:ViaService=sagemaker.us-east-1.amazonaws.com"),
	{"s3 UpdateBucketMetadataInventoryTableConfiguration", "s3", "PUT", "bkt.s3.amazonaws.com",
	 "/?metadataInventoryTable", "",
	 "<InventoryTableConfiguration "
	 "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><ConfigurationState>ENABLED</"
	 "ConfigurationState><EncryptionConfiguration><SseAlgorithm>aws:kms</"
	 "SseAlgorithm><KmsKeyArn>" KEY
	 "</KmsKeyArn></EncryptionConfiguration></InventoryTableConfiguration>",
	 NULL,
	 "s3:UpdateBucketMetadataInventoryTableConfiguration arn:aws:s3:::bkt\n"
	 "~s3tables:CreateNamespace arn:aws:s3tables:us-east-1:*:bucket/*\n"
	 "~s3tables:GetTable arn:aws:s3tables:us-east-1:*:bucket/*/table/*\n"
	 "~s3tables:CreateTable arn:aws:s3tables:us-east-1:*:bucket/*\n"
	 "~s3tables:PutTablePolicy arn:aws:s3tables:us-east-1:*:bucket/*/table/*\n"
	 "~s3tables:CreateTableBucket arn:aws:s3tables:us-east-1:*:bucket/*\n"
	 "~s3tables:PutTableEncryption arn:aws:s3tables:us-east-1:*:bucket/*/table/*\n"
	 "~kms:DescribeKey " KEY},
};

int main(void)
{
	return run_cases(cases, LP_ARRAY_LEN(cases));
}
