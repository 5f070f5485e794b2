// SPDX-License-Identifier: MIT

// The scenario of sdk.py by the AWS SDK for Go, 2: the parts named as arguments.
package main

import (
	"bytes"
	"context"
	"io"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

var (
	ctx                = context.Background()
	bucket, key, table = aws.String("lp-sdk"), aws.String("in/a.txt"), aws.String("lp-table")
	queue              = aws.String(os.Getenv("LP_QUEUE_URL"))
	body               = bytes.Repeat([]byte("a line of an object\n"), 1000)
	here               aws.Config
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func want(is bool) {
	if !is {
		panic("another answer than expected")
	}
}

func playS3() {
	c := s3.NewFromConfig(here, func(o *s3.Options) { o.UsePathStyle = true })
	_, err := c.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: bucket})
	check(err)
	_, err = c.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: key, Body: bytes.NewReader(body)})
	check(err)
	got, err := c.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: key})
	check(err)
	text, err := io.ReadAll(got.Body)
	check(err)
	want(bytes.Equal(text, body))
	list, err := c.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: bucket, Prefix: aws.String("in/")})
	check(err)
	want(*list.KeyCount == 1)
	_, err = c.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: bucket, Key: key})
	check(err)
}

func playDynamoDB() {
	c := dynamodb.NewFromConfig(here)
	one := &types.AttributeValueMemberS{Value: "1"}
	_, err := c.PutItem(ctx, &dynamodb.PutItemInput{TableName: table, Item: map[string]types.AttributeValue{"id": one}})
	check(err)
	found, err := c.Query(ctx, &dynamodb.QueryInput{
		TableName:                 table,
		KeyConditionExpression:    aws.String("id = :i"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":i": one},
	})
	check(err)
	want(found.Count == 1)
}

func send(c *sqs.Client, text string) {
	_, err := c.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: queue, MessageBody: aws.String(text)})
	check(err)
}

func playSQS() {
	c := sqs.NewFromConfig(here)
	send(c, "hello")
	got, err := c.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: queue})
	check(err)
	want(*got.Messages[0].Body == "hello")
}

func playSTS() {
	got, err := sts.NewFromConfig(here).AssumeRole(ctx, &sts.AssumeRoleInput{
		RoleArn:         aws.String("arn:aws:iam::123456789012:role/lp-deploy"),
		RoleSessionName: aws.String("lp"),
	})
	check(err)
	role := here.Copy()
	role.Credentials = credentials.NewStaticCredentialsProvider(*got.Credentials.AccessKeyId,
		*got.Credentials.SecretAccessKey, *got.Credentials.SessionToken)
	send(sqs.NewFromConfig(role), "from a role")
}

func main() {
	var err error
	here, err = config.LoadDefaultConfig(ctx)
	check(err)
	parts := map[string]func(){"s3": playS3, "dynamodb": playDynamoDB, "sqs": playSQS, "sts": playSTS}
	for _, part := range os.Args[1:] {
		parts[part]()
	}
}
