package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
)

// apiClient is the client that kuberesolver asks its users for outside of a cluster; inside it makes the same.
type apiClient struct {
	server, token string
	http          *http.Client
}

func (c *apiClient) Do(request *http.Request) (*http.Response, error) { return c.http.Do(request) }

func (c *apiClient) Host() string { return c.server }

func (c *apiClient) GetRequest(url string) (*http.Request, error) {
	if !strings.HasPrefix(url, c.server) {
		url = c.server + "/" + url
	}
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	return request, nil
}

// readKubeconfig reads a kubeconfig that is JSON and has one cluster and one user with a token.
func readKubeconfig(path string) (*apiClient, error) {
	var config struct {
		Clusters []struct {
			Cluster struct {
				Server string
				CA     []byte `json:"certificate-authority-data"`
			}
		}
		Users []struct{ User struct{ Token string } }
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &config); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(config.Clusters) != 1 || len(config.Users) != 1 {
		return nil, fmt.Errorf("%s: accepted is one cluster and one user", path)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(config.Clusters[0].Cluster.CA)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	return &apiClient{config.Clusters[0].Cluster.Server, config.Users[0].User.Token, &http.Client{Transport: transport}}, nil
}
