// SPDX-License-Identifier: MIT

// For tests/bench/run: N times DynamoDB's GetItem by the AWS SDK for Go 2 over one kept-alive TLS connection for
// each line "aws N", answered with the nanoseconds that they took. Apart from requests_go, which needs no module.
//
//	requests_sdk_go PORT CA
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	ca, err := os.ReadFile(os.Args[2])
	check(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	client := dynamodb.New(dynamodb.Options{
		BaseEndpoint: aws.String("https://127.0.0.1:" + os.Args[1]),
		Region:       "us-east-1",
		Credentials:  credentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "x", ""),
		HTTPClient: awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
			t.TLSClientConfig = &tls.Config{RootCAs: roots}
		}),
	})
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var n int
		_, err := fmt.Sscanf(lines.Text(), "aws %d", &n)
		check(err)
		start := time.Now()
		for ; n > 0; n-- {
			_, err := client.GetItem(context.Background(), &dynamodb.GetItemInput{
				TableName: aws.String("bench"),
				Key:       map[string]types.AttributeValue{"id": &types.AttributeValueMemberS{Value: "12345678"}},
			})
			check(err)
		}
		fmt.Println(time.Since(start).Nanoseconds())
	}
}
