package main

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"sync/atomic"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes/scheme"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/client-go/tools/pager"
	"k8s.io/client-go/tools/record"
	"k8s.io/client-go/util/retry"
)

const clientsNamespace = "clients"

var clientParts = []func(context.Context, *rig){
	judgeElection, judgeEvents, judgeWrites, judgePages, judgeDiscovery, judgeReviews, judgeWorkloads, judgePods,
}

func judgeClients(ctx context.Context, rig *rig) error {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: clientsNamespace}}
	if _, err := rig.client.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{}); err != nil {
		return err
	}
	for _, part := range clientParts {
		part(ctx, rig)
	}
	return nil
}

func judgeElection(ctx context.Context, rig *rig) {
	var leader atomic.Value
	leader.Store("")
	var both atomic.Int64
	candidate := func(name string) (func(), <-chan struct{}) {
		running, stop := context.WithCancel(ctx)
		done := make(chan struct{})
		lock := &resourcelock.LeaseLock{
			LeaseMeta:  metav1.ObjectMeta{Namespace: clientsNamespace, Name: "leader"},
			Client:     rig.client.CoordinationV1(),
			LockConfig: resourcelock.ResourceLockConfig{Identity: name},
		}
		go func() {
			defer close(done)
			leaderelection.RunOrDie(running, leaderelection.LeaderElectionConfig{
				Lock: lock, ReleaseOnCancel: name == "first",
				LeaseDuration: 3 * time.Second, RenewDeadline: 2 * time.Second, RetryPeriod: 200 * time.Millisecond,
				Callbacks: leaderelection.LeaderCallbacks{
					OnStartedLeading: func(leading context.Context) {
						if both.Add(1) > 1 {
							leader.Store("both")
						} else {
							leader.Store(name)
						}
						<-leading.Done()
						both.Add(-1)
					},
					OnStoppedLeading: func() {},
				},
			})
		}()
		return stop, done
	}
	leads := func(name string) error {
		return eventually(ctx, settle, func() error { return equal(name, leader.Load().(string)) })
	}
	stopFirst, firstDone := candidate("first")
	rig.holds("leader election: one leads", leads("first"))
	stopSecond, secondDone := candidate("second")
	time.Sleep(time.Second)
	rig.report("leader election: the other waits", "first", leader.Load().(string))
	stopFirst()
	<-firstDone
	rig.holds("leader election: the other takes a released Lease", leads("second"))
	stopSecond()
	<-secondDone
	stopThird, thirdDone := candidate("third")
	rig.holds("leader election: the next takes a Lease that is not renewed", leads("third"))
	lease, err := rig.client.CoordinationV1().Leases(clientsNamespace).Get(ctx, "leader", metav1.GetOptions{})
	if err == nil {
		err = equal("third, 2 transitions or more", fmt.Sprintf("%s, %s", *lease.Spec.HolderIdentity, atLeast(int(*lease.Spec.LeaseTransitions), 2, "transitions")))
	}
	rig.holds("leader election: the Lease counts the transitions", err)
	stopThird()
	<-thirdDone
}

func atLeast(n, least int, what string) string {
	if n >= least {
		return fmt.Sprintf("%d %s or more", least, what)
	}
	return fmt.Sprintf("%d %s", n, what)
}

func judgeEvents(ctx context.Context, rig *rig) {
	configMap, err := rig.client.CoreV1().ConfigMaps(clientsNamespace).Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "about"}}, metav1.CreateOptions{})
	if err != nil {
		rig.holds("events", err)
		return
	}
	broadcaster := record.NewBroadcaster()
	defer broadcaster.Shutdown()
	broadcaster.StartRecordingToSink(&typedcorev1.EventSinkImpl{Interface: rig.client.CoreV1().Events("")})
	recorder := broadcaster.NewRecorder(scheme.Scheme, corev1.EventSource{Component: "judge"})
	for range 3 {
		recorder.Event(configMap, corev1.EventTypeWarning, "Judged", "the same")
	}
	rig.holds("events: the recorder's equal events are one with a count", eventually(ctx, settle, func() error {
		list, err := rig.client.CoreV1().Events(clientsNamespace).List(ctx, metav1.ListOptions{FieldSelector: "involvedObject.name=about,reason=Judged,type=Warning"})
		if err != nil {
			return err
		}
		if len(list.Items) != 1 {
			return fmt.Errorf("%d events", len(list.Items))
		}
		return equal("3 from judge", fmt.Sprintf("%d from %s", list.Items[0].Count, list.Items[0].Source.Component))
	}))
	rig.holds("events: Search finds them", func() error {
		found, err := rig.client.CoreV1().Events(clientsNamespace).SearchWithContext(ctx, scheme.Scheme, configMap)
		if err != nil {
			return err
		}
		return equal("1", fmt.Sprint(len(found.Items)))
	}())
}

func judgeWrites(ctx context.Context, rig *rig) {
	configMaps := rig.client.CoreV1().ConfigMaps(clientsNamespace)
	_, err := configMaps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "counter"}, Data: map[string]string{"n": "0"}, BinaryData: map[string][]byte{"b": {0, 255}}}, metav1.CreateOptions{})
	rig.holds("protobuf: a created ConfigMap with binary data", err)
	const writers = 8
	failed := make(chan error, writers)
	for range writers {
		go func() {
			failed <- retry.RetryOnConflict(retry.DefaultBackoff, func() error {
				current, err := configMaps.Get(ctx, "counter", metav1.GetOptions{})
				if err != nil {
					return err
				}
				n := 0
				_, _ = fmt.Sscan(current.Data["n"], &n)
				current.Data["n"] = fmt.Sprint(n + 1)
				_, err = configMaps.Update(ctx, current, metav1.UpdateOptions{})
				return err
			})
		}()
	}
	done := 0
	for range writers {
		if err := <-failed; err == nil {
			done++
		}
	}
	counter, err := configMaps.Get(ctx, "counter", metav1.GetOptions{})
	if err == nil {
		err = equal(fmt.Sprintf("%d [0 255]", done), fmt.Sprintf("%s %v", counter.Data["n"], counter.BinaryData["b"]))
	}
	if err == nil && done == 0 {
		err = fmt.Errorf("no update was taken")
	}
	rig.holds("retry.RetryOnConflict: every update that was taken counts once", err)

	_, err = configMaps.Create(ctx, counter, metav1.CreateOptions{})
	rig.report("create with a resourceVersion", "500 ", reasonOf(err))
	_, err = configMaps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "counter"}}, metav1.CreateOptions{})
	rig.report("create of what is there", "409 AlreadyExists", reasonOf(err))
	stale := counter.DeepCopy()
	stale.ResourceVersion = "1"
	_, err = configMaps.Update(ctx, stale, metav1.UpdateOptions{})
	rig.report("update with an old resourceVersion", "409 Conflict", reasonOf(err))
	wrongUID := types("another")
	err = configMaps.Delete(ctx, "counter", metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &wrongUID}})
	rig.report("delete with the UID of another", "409 Conflict", reasonOf(err))
	_, err = configMaps.Get(ctx, "nobody", metav1.GetOptions{})
	rig.report("get of nothing", "404 NotFound", reasonOf(err))
	_, err = configMaps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "Not A Name"}}, metav1.CreateOptions{})
	rig.report("create with a bad name", "422 Invalid", reasonOf(err))

	dry, err := configMaps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{GenerateName: "dry-"}}, metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	if err == nil && (dry.UID == "" || !strings.HasPrefix(dry.Name, "dry-")) {
		err = fmt.Errorf("uid %q, name %q", dry.UID, dry.Name)
	}
	rig.holds("dry run: a create answers the whole object", err)
	_, err = configMaps.Get(ctx, dry.Name, metav1.GetOptions{})
	rig.report("dry run: nothing is stored", "404 NotFound", reasonOf(err))
	err = configMaps.Delete(ctx, "counter", metav1.DeleteOptions{DryRun: []string{metav1.DryRunAll}})
	if err == nil {
		_, err = configMaps.Get(ctx, "counter", metav1.GetOptions{})
	}
	rig.holds("dry run: a delete leaves the object", err)
}

func judgePages(ctx context.Context, rig *rig) {
	configMaps := rig.client.CoreV1().ConfigMaps(clientsNamespace)
	for i := range 25 {
		_, err := configMaps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("page-%02d", i), Labels: map[string]string{"page": "yes"}}}, metav1.CreateOptions{})
		if err != nil {
			rig.holds("pages", err)
			return
		}
	}
	options := metav1.ListOptions{Limit: 10, LabelSelector: "page=yes"}
	seen, sizes, version := map[string]bool{}, []string{}, ""
	for {
		page, err := configMaps.List(ctx, options)
		if err != nil {
			rig.holds("pages", err)
			return
		}
		for _, item := range page.Items {
			seen[item.Name] = true
		}
		sizes = append(sizes, fmt.Sprint(len(page.Items)))
		if version != "" && version != page.ResourceVersion {
			rig.report("pages: one resourceVersion", version, page.ResourceVersion)
		}
		version = page.ResourceVersion
		if page.Continue == "" {
			break
		}
		// Comes between two pages: a list is of one moment.
		_, _ = configMaps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{GenerateName: "page-99", Labels: map[string]string{"page": "yes"}}}, metav1.CreateOptions{})
		options.Continue = page.Continue
	}
	rig.report("pages: sizes with a limit of 10, new objects between them left out", "10 10 5, 25 objects", fmt.Sprintf("%s, %d objects", strings.Join(sizes, " "), len(seen)))
	list, _, err := pager.New(pager.SimplePageFunc(func(o metav1.ListOptions) (runtimeObject, error) {
		return configMaps.List(ctx, o)
	})).List(ctx, metav1.ListOptions{Limit: 7, LabelSelector: "page=yes"})
	if err == nil {
		got := 0
		if typed, ok := list.(*corev1.ConfigMapList); ok {
			got = len(typed.Items)
		} else if typed, ok := list.(*internalList); ok {
			got = len(typed.Items)
		}
		err = equal("27", fmt.Sprint(got))
	}
	rig.holds("pages: the pager collects all", err)
	bad := options
	bad.Continue = "nonsense"
	_, err = configMaps.List(ctx, bad)
	rig.report("pages: a token that is none", "400 BadRequest", reasonOf(err))
}

func judgeDiscovery(ctx context.Context, rig *rig) {
	client := rig.client.Discovery()
	resources, err := client.ServerPreferredResources()
	names := []string{}
	for _, list := range resources {
		for _, resource := range list.APIResources {
			names = append(names, resource.Name+"."+list.GroupVersion)
		}
	}
	sort.Strings(names)
	needed := []string{"configmaps.v1", "deployments.apps/v1", "endpointslices.discovery.k8s.io/v1", "leases.coordination.k8s.io/v1", "nodes.v1", "pods.v1", "services.v1"}
	if err == nil {
		if lacks := without(needed, names); len(lacks) > 0 {
			err = fmt.Errorf("missing: %s", strings.Join(lacks, ", "))
		}
	}
	rig.holds("discovery: ServerPreferredResources", err)
	version, err := client.ServerVersion()
	if err == nil && version.Major != "1" {
		err = fmt.Errorf("major %q", version.Major)
	}
	rig.holds("discovery: ServerVersion", err)
	_, err = client.OpenAPIV3().Paths()
	rig.holds("discovery: OpenAPI v3 paths", err)
	cached := memory.NewMemCacheClient(client)
	mapper := restmapper.NewShortcutExpander(restmapper.NewDeferredDiscoveryRESTMapper(cached), cached, nil)
	got := []string{}
	for _, name := range []string{"deploy", "svc", "po", "cm", "ns", "no", "rs", "sa", "ev", "endpointslices"} {
		resource, err := mapper.ResourceFor(schema.GroupVersionResource{Resource: name})
		if err != nil {
			got = append(got, name+": "+err.Error())
			continue
		}
		got = append(got, resource.Resource)
	}
	rig.report("RESTMapper: short names", "deployments services pods configmaps namespaces nodes replicasets serviceaccounts events endpointslices", strings.Join(got, " "))
	_, err = mapper.ResourceFor(schema.GroupVersionResource{Resource: "ep"})
	rig.holds("discovery: the old Endpoints API", err)
	mapping, err := mapper.RESTMapping(schema.GroupKind{Group: "apps", Kind: "Deployment"})
	if err == nil {
		err = equal("apps/v1 deployments namespace", fmt.Sprintf("%s %s %s", mapping.Resource.GroupVersion(), mapping.Resource.Resource, mapping.Scope.Name()))
	}
	rig.holds("RESTMapper: a kind", err)

	dynamicClient, err := dynamic.NewForConfig(rig.config)
	if err == nil {
		var list *unstructured.UnstructuredList
		list, err = dynamicClient.Resource(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}).Namespace(clientsNamespace).List(ctx, metav1.ListOptions{Limit: 3})
		if err == nil {
			err = equal("3 ConfigMap", fmt.Sprintf("%d %s", len(list.Items), list.Items[0].GetKind()))
		}
	}
	rig.holds("dynamic client: a list", err)
	metadataClient, err := metadata.NewForConfig(rig.config)
	if err == nil {
		var list *metav1.PartialObjectMetadataList
		list, err = metadataClient.Resource(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}).Namespace(clientsNamespace).List(ctx, metav1.ListOptions{Limit: 3})
		if err == nil {
			err = equal("3 PartialObjectMetadata", fmt.Sprintf("%d %s", len(list.Items), list.Items[0].Kind))
		}
	}
	rig.holds("metadata client: a list of PartialObjectMetadata", err)
}

func judgeReviews(ctx context.Context, rig *rig) {
	account, err := rig.client.CoreV1().ServiceAccounts(clientsNamespace).Create(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "reader"}}, metav1.CreateOptions{})
	if err != nil {
		rig.holds("reviews", err)
		return
	}
	seconds := int64(3600)
	token, err := rig.client.CoreV1().ServiceAccounts(clientsNamespace).CreateToken(ctx, account.Name, &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: &seconds}}, metav1.CreateOptions{})
	rig.holds("TokenRequest", err)
	if err != nil {
		return
	}
	review, err := rig.client.AuthenticationV1().TokenReviews().Create(ctx, &authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: token.Status.Token}}, metav1.CreateOptions{})
	if err == nil {
		groups := append([]string{}, review.Status.User.Groups...)
		sort.Strings(groups)
		err = equal("true system:serviceaccount:clients:reader [system:authenticated system:serviceaccounts system:serviceaccounts:clients]",
			fmt.Sprintf("%t %s %v", review.Status.Authenticated, review.Status.User.Username, groups))
	}
	rig.holds("TokenReview: a good token", err)
	review, err = rig.client.AuthenticationV1().TokenReviews().Create(ctx, &authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: "x"}}, metav1.CreateOptions{})
	if err == nil {
		err = equal("false", fmt.Sprint(review.Status.Authenticated))
	}
	rig.holds("TokenReview: a bad token", err)
	access := func(user, verb string) string {
		answer, err := rig.client.AuthorizationV1().SubjectAccessReviews().Create(ctx, &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
			User: user, ResourceAttributes: &authorizationv1.ResourceAttributes{Namespace: clientsNamespace, Verb: verb, Resource: "pods"},
		}}, metav1.CreateOptions{})
		if err != nil {
			return err.Error()
		}
		return fmt.Sprint(answer.Status.Allowed)
	}
	user := "system:serviceaccount:clients:reader"
	rig.report("SubjectAccessReview: without a role", "false", access(user, "list"))
	makeRole(ctx, rig, account.Name)
	rig.report("SubjectAccessReview: what the role allows", "true", access(user, "list"))
	rig.report("SubjectAccessReview: what it does not", "false", access(user, "delete"))
	self, err := rig.client.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
		NonResourceAttributes: &authorizationv1.NonResourceAttributes{Path: "/healthz", Verb: "get"},
	}}, metav1.CreateOptions{})
	if err == nil {
		err = equal("true", fmt.Sprint(self.Status.Allowed))
	}
	rig.holds("SelfSubjectAccessReview: a path", err)
	who, err := rig.client.AuthenticationV1().SelfSubjectReviews().Create(ctx, &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
	if err == nil && who.Status.UserInfo.Username == "" {
		err = fmt.Errorf("no name")
	}
	rig.holds("SelfSubjectReview", err)
}
